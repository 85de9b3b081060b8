#!/usr/bin/env bash
# Builds substitutes for base images from Debian's packages, so that no registry is needed:
#
#   slim.tar     what debian:bookworm-slim holds, without apt
#   machine.tar  the same with systemd, as a virtual machine would start it
#
# They stay in the given directory and are rebuilt after a week. This needs the network, so run it outside of private.sh.
set -euo pipefail
bases=$1
mkdir -p "$bases"

slim=(--aptopt='Acquire::Retries "3"' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*'
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*'
    --dpkgopt='path-include=/usr/share/doc/*/copyright' --dpkgopt=force-unsafe-io)

# make NAME PACKAGES
make() {
    [ -z "$(find "$bases" -name "$1.tar" -mtime -7)" ] || return 0
    rm -rf "$bases/part.$1.tar"
    mmdebstrap --quiet --variant=essential "${slim[@]}" --include="$2" bookworm "$bases/part.$1.tar"
    mv "$bases/part.$1.tar" "$bases/$1.tar"
}

# In memory if there is enough: dpkg syncs every file that it writes.
if [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
make slim passwd,tzdata &
first=$!
make machine passwd,systemd-sysv,dbus
wait "$first"
