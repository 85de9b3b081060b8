#!/usr/bin/env bash
# Tests the systemd unit in a container whose first process is systemd, with the program installed as the unit's comment says.
# It starts at boot, writes its figures for the manager, is restarted with its data after kill -9, and stops in time.
#
#   tests/deploy/bases.sh target/deploy/bases
#   CALLING_BINARY=target/debug/calling tests/deploy/private.sh tests/deploy/unit.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tests/deploy
work=${CALLING_DEPLOY_DIR:-$PWD/target/deploy}
: "${CALLING_BINARY:?the program that the unit starts}"
state=$work/containers
# shellcheck source-path=SCRIPTDIR
. "$here/containers.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/say.sh"

machine=$work/machine
rm -rf "$machine"
mkdir -p "$machine/opt/calling" "$machine/etc/systemd/system" "$machine/etc/calling"
install -D "$CALLING_BINARY" "$machine/opt/calling/calling"
cp -r models datasets "$machine/opt/calling/"
cp deploy/calling.service "$machine/etc/systemd/system/"
echo "CALLING_PRECISION=${CALLING_PRECISION:-reference}" >"$machine/etc/calling/calling.env"
cat >"$machine/Dockerfile" <<'END'
FROM localhost/machine
COPY opt /opt
COPY etc /etc
RUN mkdir -p /etc/systemd/system/multi-user.target.wants \
    && ln -s ../calling.service /etc/systemd/system/multi-user.target.wants/calling.service
END
podman import --quiet "$work/bases/machine.tar" localhost/machine >/dev/null
buildah bud --quiet --pull-never --tag localhost/calling-machine "$machine" >/dev/null
rm -rf "$machine"

inside() { podman exec machine "$@"; }
show() { inside systemctl show --value --property "$1" calling; }
process() { show MainPID; }
ready() { [ "$(inside systemctl is-active calling)" = active ] && answers 200 http://127.0.0.1:8080/ready; }

tell() {
    local status=$?
    [ "$status" -eq 0 ] || { inside journalctl --no-pager -u calling | grep -v '"answered"' | tail -20 || podman logs machine; } >&2
}
trap tell EXIT

boot() {
    podman run --detach --name machine --systemd=always --privileged --network host --tmpfs /tmp \
        localhost/calling-machine /lib/systemd/systemd >/dev/null
    within 60 "the unit is up after the boot" ready
}
timed "the machine boots, and the unit with it" boot
expect "the unit's user is made for it alone" "" "$(inside sh -c 'grep -w calling /etc/passwd || true')"
[ "$(inside stat -c %U "/proc/$(process)")" != root ] || fail "the unit runs as root"
read -r result digest < <("$here/visitor.py" submit http://127.0.0.1:8080)

# The figures come from /proc, of which the unit leaves only the processes of its own user. systemd goes on without a word where
# it cannot hide the rest, so that is checked first.
if inside test -e "/proc/$(process)/root/proc/meminfo"; then fail "the unit sees all of /proc"; fi
inside test -e "/proc/$(process)/root/proc/self/stat" || fail "there is no /proc/self in the unit"
# The machine has no sqlite3, so the database is read from outside.
database=$(podman mount machine)/var/lib/private/calling/calling.db
minutes() { sqlite3 -readonly -cmd '.timeout 5000' -nullvalue NULL "$database" "SELECT $1 FROM fleet_minutes"; }
# Asks less often than `within` would, and for a page each time, so that there are requests in every minute.
wrote() { sleep 1; answers 200 http://127.0.0.1:8080/ && [ "$(minutes 'count(*)')" -gt 0 ]; }
# The first row is due a minute after the start, most of which may be over by now.
within 90 "the figures of the first minute" wrote
complete='count(*) FILTER (WHERE cpu IS NOT NULL AND net_in IS NOT NULL AND net_out IS NOT NULL AND memory > 0 AND requests > 0)'
[ "$(minutes "$complete")" -gt 0 ] || fail "the figures of the first minute (CPU, in, out, memory, requests): \
$(minutes 'cpu, net_in, net_out, memory, requests')"
say "the figures of the first minute (CPU, in, out, memory, requests): $(minutes 'cpu, net_in, net_out, memory, requests')"

before=$(process)
inside sh -c "kill -9 $before"
within 60 "the unit is up after a kill -9" ready
[ "$(process)" != "$before" ] || fail "the killed process is still running"
expect "restarts" 1 "$(show NRestarts)"
"$here/visitor.py" check http://127.0.0.1:8080 "$result" "$digest"
say "kill -9: restarted by systemd, the result is still there"

began=$EPOCHREALTIME
inside systemctl restart calling
within 60 "the unit is up after a restart" ready
in_time "to restart" 20000 "$began"
"$here/visitor.py" check http://127.0.0.1:8080 "$result" "$digest"
inside systemctl stop calling
expect "how it ended" success "$(show Result)"
expect "its exit code" 0 "$(show ExecMainStatus)"

# systemd must not restart it after a wrong setting.
inside sh -c 'echo CALLING_LISTEN=nowhere >>/etc/calling/calling.env'
inside systemctl start calling || true
sleep 3
expect "the unit with a wrong setting" failed "$(inside systemctl is-failed calling || true)"
expect "restarts with a wrong setting" 0 "$(show NRestarts)"
inside sed -i '/nowhere/d' /etc/calling/calling.env

podman stop --time 20 machine >/dev/null
podman start machine >/dev/null
within 60 "the unit is up after the next boot" ready
"$here/visitor.py" check http://127.0.0.1:8080 "$result" "$digest"
say "booted again: the result is still there"
podman stop --time 20 machine >/dev/null
