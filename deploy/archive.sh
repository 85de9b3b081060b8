#!/usr/bin/env bash
# Builds the archive of a release: the contents of /opt/calling. The same commit and program give the same archive.
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
# Without the sources of the datasets, which no server reads.
rm -rf "$folder/datasets/answers" "$folder/datasets/sources"
chmod -R u=rwX,go=rX "$folder"
moment=$(git -c safe.directory="$PWD" log -1 --format=%ct)
tar --create --sort=name --mtime="@$moment" --owner=0 --group=0 --numeric-owner --directory "$folder" . | gzip --no-name >"$archive"
