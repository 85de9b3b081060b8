#!/usr/bin/env bash
# Writes the bill of materials of the crates that the program is locked to, as CycloneDX. Needs syft (tests/tools.txt).
# Crates that only tests use are in it too: Cargo.lock does not part them.
#
#   deploy/sbom.sh FILE.cdx.json
set -euo pipefail
file=$(realpath -m "$1")
cd "$(dirname "$0")/.."
SYFT_CHECK_FOR_APP_UPDATE=false syft scan --quiet --source-name calling \
    --source-version "$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)" \
    --output "cyclonedx-json=$file" file:Cargo.lock
