#!/usr/bin/env bash
# Copies programs of this machine, with the libraries that they load, into a directory that becomes an image.
#
#   programs.sh DIRECTORY PROGRAM…
set -euo pipefail
into=$1
shift
mkdir -p "$into"
for program in "$@"; do
    cp --parents --dereference "$program" "$into/"
    ldd "$program" | sed -n 's|.* => \(/[^ ]*\) .*|\1|p' | while read -r library; do
        # /lib is a link to /usr/lib in the base image.
        mkdir -p "$into/usr$(dirname "${library#/usr}")"
        cp --dereference "$library" "$into/usr${library#/usr}"
    done
done
