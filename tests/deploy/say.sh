# shellcheck shell=bash
# To be sourced: how the deployment tests report success and failure.

say() { printf '%s\n' "$*"; }

fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# expect WHAT EXPECTED FOUND
expect() { [ "$2" = "$3" ] || fail "$1: expected $2, found $3"; }

# at_most WHAT MOST FOUND
at_most() { [ "$3" -le "$2" ] || fail "$1: at most $2, found $3"; }

# since MOMENT: milliseconds since an earlier $EPOCHREALTIME.
since() { echo $(((${EPOCHREALTIME/./} - ${1/./}) / 1000)); }

# slowdown: how long a program takes now, in percent of what it takes while no other program needs the processors.
slowdown() {
    python3 -c 'import time
began, ends = time.perf_counter(), time.process_time() + 0.5
while time.process_time() < ends: pass
print(max(100, round(200 * (time.perf_counter() - began))))'
}

# in_time WHAT MOST BEGAN: at most MOST milliseconds since BEGAN, on a machine that does nothing else. Where other programs need
# the processors too, as many times more as they slow everything down.
in_time() {
    local took slower
    took=$(since "$3")
    [ "$took" -gt "$2" ] || return 0
    slower=$(slowdown)
    at_most "milliseconds $1 (other programs slow this machine down to $slower %)" $(($2 * slower / 100)) "$took"
}

# timed NAME COMMAND…
timed() {
    local began=$EPOCHREALTIME name=$1
    shift
    "$@"
    say "  ($name: $(($(since "$began") / 1000)) s)"
}

# within SECONDS WHAT COMMAND…: tries until it succeeds.
within() {
    local last=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$last" ] || fail "$what: not within the time"
        sleep 0.1
    done
}

# answers STATUS URL
answers() { [ "$(curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}' "$2")" = "$1" ]; }
