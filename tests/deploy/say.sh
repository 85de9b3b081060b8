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
