#!/usr/bin/env bash
# Puts the archive of a release together: everything that /opt/calling holds. Files, order and times follow from the commit.
#
#   deploy/archive.sh EXECUTABLE ARCHIVE.tar.gz
set -euo pipefail
executable=$(realpath "$1")
archive=$(realpath -m "$2")
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
install -m 0755 "$executable" "$folder/calling"
cp -r models datasets LICENSE-MIT LICENSE-APACHE NOTICE deploy/calling.service "$folder/"
# What these are made from; no server reads it.
rm -rf "$folder/datasets/answers" "$folder/datasets/sources"
chmod -R u=rwX,go=rX "$folder"
moment=$(git -c safe.directory="$PWD" log -1 --format=%ct)
tar --create --sort=name --mtime="@$moment" --owner=0 --group=0 --numeric-owner --directory "$folder" . | gzip --no-name >"$archive"
