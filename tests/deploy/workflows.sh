#!/usr/bin/env bash
# Lints the workflows, checks that they pin every action and image by digest, and builds what a release contains: the archive and
# the bill of materials.
#
#   CALLING_BINARY=target/debug/calling tests/deploy/workflows.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${CALLING_BINARY:?the program of the archive}"
# shellcheck source-path=SCRIPTDIR
. tests/deploy/say.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

actionlint .github/workflows/*.yml
zizmor --offline --quiet .github/workflows
check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
for workflow in ci release deploy nightly; do [ -f ".github/workflows/$workflow.yml" ] || fail "no workflow $workflow"; done
loose=$(grep -nE '^ *(- )?(uses|image): ' .github/workflows/*.yml | grep -vE '@(sha256:)?[0-9a-f]{40,64}( |$)' || true)
[ -z "$loose" ] || fail "not pinned by digest: $loose"
# The linters must find a mistake of each kind.
sed 's/runs-on: ubuntu-24.04/runs_on: ubuntu-24.04/' .github/workflows/ci.yml >"$scratch/typo.yml"
! actionlint "$scratch/typo.yml" >/dev/null || fail "a misspelled key passed"
sed -E 's/checkout@[0-9a-f]+/checkout@v5/' .github/workflows/ci.yml >"$scratch/loose.yml"
! zizmor --offline --quiet "$scratch/loose.yml" >/dev/null 2>&1 || fail "an action that is not pinned passed"

strip --strip-debug -o "$scratch/calling" "$CALLING_BINARY"
deploy/archive.sh "$scratch/calling" "$scratch/first.tar.gz"
touch "$scratch/calling"
deploy/archive.sh "$scratch/calling" "$scratch/second.tar.gz"
cmp "$scratch/first.tar.gz" "$scratch/second.tar.gz" || fail "two builds of the archive differ"
mkdir "$scratch/opt"
tar -xzf "$scratch/first.tar.gz" -C "$scratch/opt"
[ ! -e "$scratch/opt/datasets/answers" ] || fail "the archive holds the answer bank"
(cd "$scratch/opt" && ./calling datasets check >/dev/null) || fail "the archive's datasets are refused"
# Other tests have the models read; without optimization that takes minutes.
for model in mbti big-five; do
    (cd "$scratch/opt/models/$model" && sha256sum --quiet --strict --check SHA256SUMS) || fail "$model is not whole"
done

deploy/sbom.sh "$scratch/calling.cdx.json"
python3 - "$scratch/calling.cdx.json" <<'END'
import json, re, sys
bill = json.load(open(sys.argv[1]))
listed = {(part["name"], part["version"]) for part in bill["components"]}
locked = set(re.findall(r'\[\[package\]\]\nname = "(.+)"\nversion = "(.+)"', open("Cargo.lock").read()))
assert bill["bomFormat"] == "CycloneDX" and listed == locked, listed ^ locked
print(f"the bill of materials lists the {len(listed)} packages of Cargo.lock")
END
say "workflows: linted and pinned; archive: reproducible"
