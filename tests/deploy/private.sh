#!/usr/bin/env bash
# Runs a command in mount, network, process and IPC namespaces of its own: containers, bridges, firewall rules and mounts
# that it makes are gone when it ends, and nothing it starts outlives it. The only network in there is its own loopback.
#
#   tests/deploy/private.sh COMMAND…
set -euo pipefail

[ "$(id -u)" -eq 0 ] || { echo "private.sh: only root may make namespaces with a network" >&2; exit 1; }
# shellcheck disable=SC2016 # The script is for the shell inside.
exec unshare --mount --propagation private --net --ipc --uts --pid --fork --kill-child --mount-proc bash -c '
    set -euo pipefail
    ip link set lo up
    # What podman, systemd and PostgreSQL keep under these, the machine keeps without us.
    mount -t tmpfs tmpfs /run
    mount -t tmpfs tmpfs /dev/shm
    mkdir -p /run/lock /var/lib/containers
    mount -t tmpfs tmpfs /var/lib/containers
    "$@"
' private "$@"
