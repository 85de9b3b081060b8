#!/usr/bin/env bash
# Every check that a change must pass: formatting, lints, licenses, packaging, tests on both databases, a real browser, and
# every way to deploy. Installs missing tools if it can. A tool that is still missing is a failure: no check is skipped.
#
# WITHOUT_DEPLOY=1 leaves out the deployment stages, for machines without Debian or without root, and lists them at the end.
# CI ignores it.
set -euo pipefail
cd "$(dirname "$0")"

[ -z "${CI:-}" ] || unset WITHOUT_DEPLOY
tools=$PWD/target/tools
deploy=$PWD/target/deploy
# The program as the tests build it, with every feature but TLS: browser and deployment tests run it too, because building it
# without `training` would compile all dependencies once more.
program=${CARGO_TARGET_DIR:-$PWD/target}/debug/calling
export PATH=$tools/bin:$PATH PYTHONPATH=$tools${PYTHONPATH:+:$PYTHONPATH}
# Settings of the user who runs this must not change what is tested.
unset DATABASE_URL
for variable in ${!CALLING_@}; do unset "$variable"; done

report=()
left_out=()
started=$SECONDS
current=start
finish() {
    local status=$?
    printf '\n%s\n' "---- time by stage"
    for line in "${report[@]}"; do printf '%s\n' "$line"; done
    for line in "${left_out[@]}"; do printf '  left out (WITHOUT_DEPLOY is set): %s\n' "$line"; done
    if [ "$status" -eq 0 ]; then
        printf '%5ds  all passed\n' $((SECONDS - started))
    else
        printf '%5ds  FAILED in: %s\n' $((SECONDS - started)) "$current"
    fi
}
trap finish EXIT
# Without these, a run that somebody stops would report that all passed.
trap 'exit 130' INT
trap 'exit 143' TERM

# stage NAME COMMAND…: runs a command and exits if it fails.
stage() {
    local began=$SECONDS
    current=$1
    printf '\n---- %s\n' "$current"
    shift
    "$@"
    report+=("$(printf '%5ds  %s' $((SECONDS - began)) "$current")")
}

# deploy_stage NAME COMMAND…: a stage that needs root and Debian's packages.
deploy_stage() {
    if [ -n "${WITHOUT_DEPLOY:-}" ]; then
        left_out+=("$1")
    else
        stage "$@"
    fi
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
    # RUNLEVEL keeps what is installed from being started as a service.
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "$@" >/dev/null \
        || fail "apt-get could not install: $*"
}

has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; }
# Debian installs it in a folder that is not in a user's PATH.
has_pgbouncer() { PATH=$PATH:/usr/sbin command -v pgbouncer >/dev/null; }
has_chromium() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null; }
has_pip() { python3 -m pip --version >/dev/null 2>&1; }

install_tools() {
    command -v cargo >/dev/null || fail "missing: cargo; see https://rustup.rs"
    command -v cc >/dev/null || apt gcc libc6-dev
    command -v setpriv >/dev/null || apt util-linux
    has_postgres || apt postgresql
    has_pgbouncer || apt pgbouncer
    # With a font: without one, text on the pages has other widths.
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
    has_pgbouncer || fail "still missing: pgbouncer"
    has_chromium || fail "still missing: chromium"
    [ -n "${WITHOUT_DEPLOY:-}" ] || install_deploy_tools
    local tool
    for tool in setpriv node npm cargo-deny hadolint check-jsonschema shellcheck; do
        command -v "$tool" >/dev/null || fail "still missing: $tool"
    done
}

install_deploy_tools() {
    [ "$(id -u)" -eq 0 ] || fail "the deployment stages need root: set WITHOUT_DEPLOY=1 to leave them out"
    local missing=() program
    # program:package, where the names differ
    for program in podman buildah runc netavark:netavark aardvark-dns:aardvark-dns mmdebstrap haproxy promtool:prometheus \
        ip:iproute2 iptables curl sqlite3 unshare:util-linux strip:binutils catatonit; do
        command -v "${program%:*}" >/dev/null || compgen -G "/usr/lib*/podman/${program%:*}" >/dev/null || missing+=("${program#*:}")
    done
    [ ${#missing[@]} -eq 0 ] || apt "${missing[@]}"
    tests/deploy/bases.sh "$deploy/bases"
}

# deployed SCRIPT ARGUMENTS…: runs a deployment test in its own namespaces.
deployed() {
    CALLING_BINARY=$program CALLING_DEPLOY_DIR=$deploy tests/deploy/private.sh "tests/deploy/$1" "${@:2}"
}

check_packaging() {
    shellcheck test.sh .ci/run deploy/*.sh deploy/aws/*.sh tests/deploy/*.sh tests/deploy/stand-ins/{cargo,*.sh}
    hadolint Dockerfile
    check-jsonschema --builtin-schema vendor.compose-spec compose.yml
}

run_tests() {
    CALLING_TEST_POSTGRES=1 cargo test --locked --features training --tests -- --include-ignored
}

run_browser_tests() {
    [ -f tests/browser/package-lock.json ] || fail "missing: the browser tests in tests/browser"
    (cd tests/browser && npm ci --silent --no-audit --no-fund && CALLING_BINARY=$program npm test --silent)
}

stage "install what is missing" install_tools
stage "formatting" cargo fmt --check
stage "packaging" check_packaging
stage "licenses" cargo deny --log-level error check licenses bans sources
stage "clippy without features, as cargo run" cargo clippy --locked --quiet -- --deny warnings
stage "clippy with fetch, as the image" cargo clippy --locked --quiet --features fetch -- --deny warnings
stage "clippy" cargo clippy --locked --quiet --all-targets --features training -- --deny warnings
# Without `--tests` it would link the examples, which clippy has checked, and look for tests in comments, where none are.
stage "build the tests" cargo test --locked --quiet --features training --tests --no-run
stage "tests on SQLite and PostgreSQL" run_tests
stage "tests in a browser" run_browser_tests
deploy_stage "image and compose" deployed image.sh
deploy_stage "systemd unit" deployed unit.sh
deploy_stage "AWS stack" deployed aws.sh
deploy_stage "load balancer" deployed balancer.py
deploy_stage "Kubernetes" python3 tests/deploy/kubernetes.py check
deploy_stage "load, in small" deployed load.sh
deploy_stage "upgrade and rollback under load" deployed upgrade.py
deploy_stage "chaos" deployed chaos.sh 20
deploy_stage "backup, restore, keys, alerts" deployed operations.py
deploy_stage "workflows and archive" deployed workflows.sh
