#!/usr/bin/env bash
# Everything that has to hold before a change is taken: formatting, lints, licences, packaging, tests on both databases,
# and a real browser. Installs what is missing where it may; what is missing after that is a failure, never a skip.
set -euo pipefail
cd "$(dirname "$0")"

tools=$PWD/target/tools
export PATH=$tools/bin:$PATH PYTHONPATH=$tools${PYTHONPATH:+:$PYTHONPATH}
# No setting of whoever runs this may leak into what is tested.
unset DATABASE_URL
for variable in ${!CALLING_@}; do unset "$variable"; done

report=()
started=$SECONDS
current=start
finish() {
    local status=$?
    printf '\n%s\n' "---- time by stage"
    for line in "${report[@]}"; do printf '%s\n' "$line"; done
    if [ "$status" -eq 0 ]; then
        printf '%5ds  all passed\n' $((SECONDS - started))
    else
        printf '%5ds  FAILED in: %s\n' $((SECONDS - started)) "$current"
    fi
}
trap finish EXIT

# stage NAME COMMAND…: runs a command, and ends everything when it fails.
stage() {
    local began=$SECONDS
    current=$1
    printf '\n---- %s\n' "$current"
    shift
    "$@"
    report+=("$(printf '%5ds  %s' $((SECONDS - began)) "$current")")
}

fail() {
    printf 'test.sh: %s\n' "$1" >&2
    exit 1
}

# as_root COMMAND…
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        return 1
    fi
}

# apt PACKAGE…: installs Debian packages, once the lists are fresh.
lists_are_fresh=no
apt() {
    command -v apt-get >/dev/null || fail "missing: $*; install it, there is no apt-get here"
    if [ "$lists_are_fresh" = no ]; then
        as_root apt-get update -qq || fail "cannot run apt-get as root to install: $*"
        lists_are_fresh=yes
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null \
        || fail "apt-get could not install: $*"
}

has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; }
has_chromium() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null; }
has_pip() { python3 -m pip --version >/dev/null 2>&1; }

install_tools() {
    command -v cargo >/dev/null || fail "missing: cargo; see https://rustup.rs"
    command -v cc >/dev/null || apt gcc libc6-dev
    command -v setpriv >/dev/null || apt util-linux
    has_postgres || apt postgresql
    # With a font, or every width on the pages is another.
    has_chromium || apt chromium fonts-liberation
    command -v node >/dev/null || apt nodejs npm
    command -v npm >/dev/null || apt npm
    has_pip || apt python3 python3-pip
    if ! cmp -s tests/tools.txt "$tools/tools.txt"; then
        rm -rf "$tools"
        python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
            --target "$tools" --requirement tests/tools.txt
        cp tests/tools.txt "$tools/tools.txt"
    fi
    has_postgres || fail "still missing: PostgreSQL's initdb"
    has_chromium || fail "still missing: chromium"
    local tool
    for tool in setpriv node npm cargo-deny hadolint check-jsonschema shellcheck; do
        command -v "$tool" >/dev/null || fail "still missing: $tool"
    done
}

check_packaging() {
    shellcheck test.sh .ci/run
    hadolint Dockerfile
    check-jsonschema --builtin-schema vendor.compose-spec compose.yml
}

run_tests() {
    CALLING_TEST_POSTGRES=1 cargo test --locked --features training -- --include-ignored
}

run_browser_tests() {
    [ -f tests/browser/package-lock.json ] || fail "missing: the browser tests in tests/browser"
    # The program as the tests just built it.
    export CALLING_BINARY=${CARGO_TARGET_DIR:-$PWD/target}/debug/calling
    (cd tests/browser && npm ci --silent --no-audit --no-fund && npm test --silent)
}

stage "install what is missing" install_tools
stage "formatting" cargo fmt --check
stage "packaging" check_packaging
stage "licences" cargo deny --log-level error check licenses bans sources
stage "clippy without the feature training" cargo clippy --locked --quiet -- --deny warnings
stage "clippy" cargo clippy --locked --quiet --all-targets --features training -- --deny warnings
stage "build the tests" cargo test --locked --quiet --features training --no-run
stage "tests on SQLite and PostgreSQL" run_tests
stage "tests in a browser" run_browser_tests
