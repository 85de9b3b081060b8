#!/usr/bin/env bash
# Runs a command in its own mount, network, process and IPC namespaces: all containers, bridges, firewall rules, mounts and
# processes that it creates are gone when it ends. Its only network is a loopback interface.
#
#   tests/deploy/private.sh COMMAND…
set -euo pipefail

[ "$(id -u)" -eq 0 ] || { echo "private.sh: only root can create namespaces with a network" >&2; exit 1; }
# shellcheck disable=SC2016 # The script is for the shell inside.
exec unshare --mount --propagation private --net --ipc --uts --pid --fork --kill-child --mount-proc bash -c '
    set -euo pipefail
    ip link set lo up
    # So that podman, systemd and PostgreSQL leave no files in these folders of the machine.
    mount -t tmpfs tmpfs /run
    mount -t tmpfs tmpfs /dev/shm
    mkdir -p /run/lock /var/lib/containers
    mount -t tmpfs tmpfs /var/lib/containers
    "$@"
' private "$@"
