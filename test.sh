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
logs=$PWD/target/stages
# The program as the tests build it, with every feature but TLS: browser and deployment tests run it too, because building it
# without `training` would compile all dependencies once more.
program=${CARGO_TARGET_DIR:-$PWD/target}/debug/calling
export PATH=$tools/bin:$PATH PYTHONPATH=$tools${PYTHONPATH:+:$PYTHONPATH}
# The user's own settings must not affect the tests.
unset DATABASE_URL
for variable in ${!CALLING_@}; do unset "$variable"; done

report=()
left_out=()
# What a reader of the result has to know.
remarks=()
started=$SECONDS
current=start
finish() {
    local status=$?
    for name in "${!joined_later[@]}"; do kill -- "-${joined_later[$name]}" 2>/dev/null || true; done
    printf '\n%s\n' "---- time by stage"
    for line in "${report[@]}"; do printf '%s\n' "$line"; done
    for line in "${left_out[@]}"; do printf '  left out (WITHOUT_DEPLOY is set): %s\n' "$line"; done
    for line in "${remarks[@]}"; do printf '  note: %s\n' "$line"; done
    if [ "$status" -eq 0 ]; then
        printf '%5ds  all passed\n' $((SECONDS - started))
    else
        printf '%5ds  FAILED in: %s\n' $((SECONDS - started)) "$current"
    fi
}
trap finish EXIT
# Without these, an interrupted run would report that everything passed.
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

# beside NAME COMMAND…: begins a stage that runs beside those that follow, until `join NAME`.
declare -A joined_later=()
beside() {
    local name=$1
    shift
    mkdir -p "$logs"
    # With -m it gets a process group of its own, so that all of it can be stopped.
    set -m
    ( trap - EXIT; began=$SECONDS; "$@"; printf '%d' $((SECONDS - began)) >"$logs/$name.seconds" ) >"$logs/$name" 2>&1 &
    set +m
    joined_later[$name]=$!
}

# join NAME: waits for such a stage, prints its output, and exits if it failed.
join() {
    local status=0
    current=$1
    wait "${joined_later[$1]}" || status=$?
    unset "joined_later[$1]"
    printf '\n---- %s (it ran beside other stages)\n' "$1"
    cat "$logs/$1"
    [ "$status" -eq 0 ] || exit "$status"
    report+=("$(printf '%5ds  %s (beside other stages)' "$(cat "$logs/$1.seconds")" "$1")")
}

# in_deployment HOW NAME COMMAND…: a stage, beside or join that needs root and Debian's packages.
in_deployment() {
    if [ -z "${WITHOUT_DEPLOY:-}" ]; then
        "$@"
    elif [ "$1" != beside ]; then
        left_out+=("$2")
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
    # RUNLEVEL keeps installed packages from starting services.
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "$@" >/dev/null \
        || fail "apt-get could not install: $*"
}

has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; }
# Debian installs it outside a user's PATH.
has_pgbouncer() { PATH=$PATH:/usr/sbin command -v pgbouncer >/dev/null; }
has_chromium() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null; }
has_pip() { python3 -m pip --version >/dev/null 2>&1; }

install_tools() {
    [ -n "${WITHOUT_DEPLOY:-}" ] || [ "$(id -u)" -eq 0 ] \
        || fail "the deployment stages need root: set WITHOUT_DEPLOY=1 to leave them out"
    command -v cargo >/dev/null || fail "missing: cargo; see https://rustup.rs"
    command -v cc >/dev/null || apt gcc libc6-dev
    command -v setpriv >/dev/null || apt util-linux
    has_postgres || apt postgresql
    has_pgbouncer || apt pgbouncer
    # Includes a font, because without one the text on pages has other widths.
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
    local tool
    for tool in setpriv node npm cargo-deny hadolint check-jsonschema shellcheck; do
        command -v "$tool" >/dev/null || fail "still missing: $tool"
    done
}

install_deploy_tools() {
    local missing=() program
    # program:package, if the names differ
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

# The advisory database is a git repository: fetched where the network has it, or the clone that ADVISORY_DB names, or the copy
# that an earlier run fetched, whose date is said. Where there is none of these, only the few advisories in tests/advisories,
# which were looked up by hand, and yanked versions can be found, and the end of the run says so.
check_advisories() {
    local database=$PWD/target/advisories/advisory-db-3157b0e258782691 found
    mkdir -p "${database%/*}"
    # What was put together by hand is no copy.
    git -C "$database" remote get-url origin >/dev/null 2>&1 || rm -rf "$database"
    if [ -n "${ADVISORY_DB:-}" ]; then
        rm -rf "$database"
        git clone --quiet "$ADVISORY_DB" "$database"
        found="advisories: the clone in ADVISORY_DB, newest entry of"
    elif timeout 120 cargo deny --log-level off fetch db 2>/dev/null; then
        found="advisories: fetched, newest entry of"
    elif [ -d "$database" ]; then
        found="advisories: NOT FETCHED, a copy whose newest entry is of"
    else
        mkdir -p "$database"
        cp -r tests/advisories/crates "$database"
        git -C "$database" init --quiet
        git -C "$database" add .
        git -C "$database" -c user.name=test.sh -c user.email=test.sh@localhost commit --quiet --message "By hand" \
            --date "$(cat tests/advisories/date)"
        found="advisories: NO DATABASE to be had; only yanked versions and what tests/advisories names were looked for, as of"
    fi
    remarks+=("$found $(git -C "$database" log -1 --format=%as)")
    printf '%s\n' "${remarks[-1]}"
    cargo deny --log-level error --offline check advisories
}

run_tests() {
    CALLING_TEST_POSTGRES=1 cargo test --locked --features training --tests -- --include-ignored
}

# What needs no containers.
check_deployment_files() {
    deployed aws.sh
    python3 tests/deploy/kubernetes.py check
    deployed workflows.sh
}

run_browser_tests() {
    [ -f tests/browser/package-lock.json ] || fail "missing: the browser tests in tests/browser"
    (cd tests/browser && npm ci --silent --no-audit --no-fund && CALLING_BINARY=$program npm test --silent)
}

stage "install what is missing" install_tools
in_deployment beside "install what deployments need" install_deploy_tools
stage "formatting" cargo fmt --check
stage "packaging" check_packaging
stage "licenses" cargo deny --log-level error check licenses bans sources
stage "advisories" check_advisories
stage "clippy without features, as cargo run" cargo clippy --locked --quiet -- --deny warnings
stage "clippy as the image" cargo clippy --locked --quiet --features ec2,fetch,kubernetes,mail -- --deny warnings
stage "clippy" cargo clippy --locked --quiet --all-targets --features training -- --deny warnings
# Without `--tests` it would link the examples, which clippy has checked, and look for tests in doc comments, which have none.
stage "build the tests" cargo test --locked --quiet --features training --tests --no-run
stage "tests on SQLite and PostgreSQL" run_tests
in_deployment join "install what deployments need"
# Browser and deployments wait for timers and processes more than they compute.
beside "tests in a browser" run_browser_tests
beside "JSON addresses against their description" env CALLING_BINARY="$program" python3 tests/api/check.py
in_deployment stage "image and compose" deployed image.sh
join "JSON addresses against their description"
in_deployment beside "AWS stack, Kubernetes, workflows and archive" check_deployment_files
in_deployment stage "systemd unit" deployed unit.sh
in_deployment stage "load balancer" deployed balancer.py
in_deployment stage "manager" deployed manager.py
in_deployment stage "load, in small" deployed load.sh
in_deployment stage "upgrade and rollback under load" deployed upgrade.py
in_deployment stage "chaos" deployed chaos.sh 20
in_deployment stage "backup, restore, keys, alerts" deployed operations.py
in_deployment join "AWS stack, Kubernetes, workflows and archive"
join "tests in a browser"
