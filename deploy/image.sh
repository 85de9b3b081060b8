#!/usr/bin/env bash
# Builds the image of this commit, with tags and labels that depend on the commit only.
#
#   deploy/image.sh tags          prints the tags: the version, the version with the commit
#   deploy/image.sh build [ARGS]  builds and tags it; ARGS go to the builder
#
# IMAGE is the name (calling), BUILDER the command that takes a Dockerfile: docker build, else podman build.
set -euo pipefail
cd "$(dirname "$0")/.."

image=${IMAGE:-calling}
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)
revision=$(git rev-parse HEAD)
# A build with uncommitted changes must not carry the tag of the commit.
[ -z "$(git status --porcelain --untracked-files=no)" ] || revision=$revision-changed
tags=("$image:$version" "$image:$version-${revision:0:12}${revision:40}")

if [ -z "${BUILDER:-}" ]; then
    if command -v docker >/dev/null; then BUILDER="docker build"; else BUILDER="podman build"; fi
fi

case ${1:-} in
    tags)
        printf '%s\n' "${tags[@]}"
        ;;
    build)
        shift
        named=()
        for tag in "${tags[@]}"; do named+=(--tag "$tag"); done
        # Several words, such as docker build.
        # shellcheck disable=SC2086
        exec $BUILDER "${named[@]}" --build-arg "VERSION=$version" --build-arg "REVISION=$revision" "$@" .
        ;;
    *)
        sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
        exit 2
        ;;
esac
