#!/usr/bin/env bash
# Writes the bill of materials in CycloneDX format: all crates in Cargo.lock, including those that only tests use. Needs syft
# (tests/tools.txt).
#
#   deploy/sbom.sh FILE.cdx.json
set -euo pipefail
file=$(realpath -m "$1")
cd "$(dirname "$0")/.."
SYFT_CHECK_FOR_APP_UPDATE=false syft scan --quiet --source-name calling \
    --source-version "$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)" \
    --output "cyclonedx-json=$file" file:Cargo.lock
