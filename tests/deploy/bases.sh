#!/usr/bin/env bash
# Makes, from Debian's packages, the file trees that stand in for base images where no registry is reached:
#
#   slim.tar     what debian:bookworm-slim holds, without apt
#   machine.tar  the same with systemd, as a virtual machine would start it
#
# They are kept for a week in the directory given. It needs the network, so it is run outside of private.sh.
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

# In memory where there is some: dpkg writes and syncs every file.
if [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
make slim passwd,tzdata &
first=$!
make machine passwd,systemd-sysv,dbus
wait "$first"
