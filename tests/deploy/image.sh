#!/usr/bin/env bash
# Builds the unchanged Dockerfile, inspects the image, and starts the unchanged compose.yml, with podman in place of Docker.
# Base images are made from Debian's packages. The compiler's image is a substitute that copies $CALLING_BINARY.
#
#   tests/deploy/bases.sh target/deploy/bases
#   CALLING_BINARY=target/debug/calling tests/deploy/private.sh tests/deploy/image.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tests/deploy
work=${CALLING_DEPLOY_DIR:-$PWD/target/deploy}
: "${CALLING_BINARY:?the program to put into the image}"
state=$work/containers
# shellcheck source-path=SCRIPTDIR
. "$here/containers.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/say.sh"

stand_in() {
    podman import --quiet "$work/bases/slim.tar" docker.io/library/debian:bookworm-slim >/dev/null
    local made=$work/stand-ins
    rm -rf "$made"
    mkdir -p "$made/rust" "$made/postgres"
    cp "$here/stand-ins/cargo" "$made/rust/cargo"
    # Without debugging symbols, as in a release build.
    strip --strip-debug -o "$made/rust/calling" "$CALLING_BINARY"
    printf 'FROM debian:bookworm-slim\nCOPY cargo calling /usr/local/bin/\n' |
        buildah bud --quiet --pull-never --tag docker.io/library/rust:1.95-bookworm --file - "$made/rust" >/dev/null
    "$here/stand-ins/programs.sh" "$made/postgres" "$(postgres_bin)"/{postgres,initdb,pg_ctl,psql,pg_isready,pg_dump,pg_restore}
    cp -r --parents "$(postgres_bin)" /usr/lib/postgresql/*/lib /usr/share/postgresql "$made/postgres/"
    rm -rf "$made"/postgres/usr/lib/postgresql/*/lib/{bitcode,llvmjit*}
    cp "$here/stand-ins/postgres-entrypoint" "$made/postgres/entrypoint"
    cp "$here/stand-ins/Dockerfile.postgres" "$made/postgres/Dockerfile"
    buildah bud --quiet --pull-never --build-arg BIN="$(postgres_bin)" --tag docker.io/library/postgres:17-bookworm \
        "$made/postgres" >/dev/null
    mkdir "$made/haproxy"
    "$here/stand-ins/programs.sh" "$made/haproxy" /usr/sbin/haproxy
    printf 'FROM debian:bookworm-slim\nCOPY . /\nUSER 99:99\nCMD ["/usr/sbin/haproxy", "-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]\n' |
        buildah bud --quiet --pull-never --tag docker.io/library/haproxy:3.2-bookworm --file - "$made/haproxy" >/dev/null
}

postgres_bin() { compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -1; }

build() {
    BUILDER="buildah bud --quiet --pull-never --isolation chroot --format docker" deploy/image.sh build >/dev/null
    podman tag "$(IMAGE=localhost/calling deploy/image.sh tags | head -1)" localhost/calling:latest
}

inspect() { podman image inspect --format "$1" localhost/calling; }

look() {
    expect "the image's user" 10001:10001 "$(inspect '{{.Config.User}}')"
    expect "the label for the version" "$(deploy/image.sh tags | head -1 | cut -d: -f2)" \
        "$(inspect '{{index .Labels "org.opencontainers.image.version"}}')"
    expect "the label for the commit" "$(git rev-parse HEAD)" \
        "$(inspect '{{index .Labels "org.opencontainers.image.revision"}}' | cut -c1-40)"
    rm -rf "$work/pushed"
    podman push --quiet --compress --format oci localhost/calling "dir:$work/pushed"
    local bytes
    bytes=$(python3 -c 'import json, sys; print(sum(l["size"] for l in json.load(open(sys.argv[1]))["layers"]))' \
        "$work/pushed/manifest.json")
    say "compressed: $((bytes / 1000000)) MB"
    at_most "compressed bytes" 120000000 "$bytes"
    rm -rf "$work/pushed"
    local mounted
    mounted=$(podman image mount localhost/calling)
    [ -e "$mounted/opt/calling/datasets/questionnaire.toml" ] || fail "the image has no questionnaire"
    for unwanted in datasets/answers datasets/sources; do
        [ ! -e "$mounted/opt/calling/$unwanted" ] || fail "the image holds $unwanted"
    done
    # The server's user may write to its own directory only.
    local writable
    writable=$(find "$mounted" -xdev ! -path "$mounted/dev/*" \( -user 10001 -o -perm -o+w \) ! -type l ! -path "$mounted/tmp" ! -path "$mounted/var/tmp" \
        ! -path "$mounted/run/lock" ! -path "$mounted/var/lib/calling" | head -5)
    [ -z "$writable" ] || fail "the server's user may write to $writable"
    podman image unmount localhost/calling >/dev/null
    # Without a shell, which the mounts hide: neither the start nor the health check may need one.
    podman run --detach --name alone --read-only --cap-drop all --security-opt no-new-privileges \
        --volume /dev/null:/bin/sh:ro --volume /dev/null:/bin/bash:ro --volume /dev/null:/bin/dash:ro \
        --env CALLING_PRECISION localhost/calling >/dev/null
    within 60 "the image alone becomes healthy" podman healthcheck run alone
    stop_in_time alone
    podman rm --volumes alone >/dev/null
}

# stop_in_time CONTAINER: stops it; it must exit by itself within ten seconds, without an error.
stop_in_time() {
    local began=$EPOCHREALTIME
    podman stop --time 15 "$1" >/dev/null
    in_time "until $1 has stopped" 10000 "$began"
    expect "the exit code of $1" 0 "$(podman inspect --format '{{.State.ExitCode}}' "$1")"
}

# Docker runs health checks itself; podman needs systemd's timers, which do not exist here. Stopped before `kube play`.
check_health() {
    while sleep 1; do
        for container in $(podman ps --quiet); do podman healthcheck run "$container" >/dev/null 2>&1 || true; done
    done
}

compose() { podman-compose --in-pod 0 "$@" >>"$work/compose.log" 2>&1 || { tail -40 "$work/compose.log" >&2; return 1; }; }

# The same numbers on every processor.
export CALLING_PRECISION=${CALLING_PRECISION:-reference}

site=http://127.0.0.1:8080

compose_up() {
    check_health &
    health_checks=$!
    : >"$work/compose.log"
    local began=$EPOCHREALTIME
    compose up --detach --no-build
    within 60 "the site is ready" answers 200 $site/ready
    say "compose up to ready: $(since "$began") ms"
    in_time "from compose up to ready" "${CALLING_COMPOSE_LIMIT:-20000}" "$began"
    expect "the applied migrations" "$(find migrations/postgres -mindepth 1 -maxdepth 1 -type d | wc -l)" \
        "$(podman exec calling_db_1 psql -U calling -tAc 'SELECT count(*) FROM __diesel_schema_migrations')"
    podman healthcheck run calling_app_1 >/dev/null || fail "the app's health check fails"
    podman healthcheck run calling_db_1 >/dev/null || fail "the database's health check fails"
    read -r result digest < <("$here/visitor.py" submit $site)
    say "a questionnaire was read: its result is there"
    stop_in_time calling_app_1
    compose down
    compose up --detach --no-build
    within 60 "the site is ready again" answers 200 $site/ready
    "$here/visitor.py" check $site "$result" "$digest"
    say "down and up again: the result is still there"
    compose down
}

compose_scaled() {
    export CALLING_PORT='' CALLING_TRUSTED_PROXIES=10.89.0.0/16
    compose --profile proxy up --detach --no-build --scale app=3
    within 60 "the proxy finds an app" answers 200 http://127.0.0.1:8090/ready
    within 60 "every app is ready" three_answered
    "$here/visitor.py" check http://127.0.0.1:8090 "$result" "$digest"
    "$here/visitor.py" submit http://127.0.0.1:8090 7 >/dev/null
    say "three apps behind the proxy: each answers, and they share one database"
    kill "$health_checks"
    wait "$health_checks" || true
    # podman-compose removes only the first app; the others would keep the database, its volume and the network.
    compose --profile proxy down
    podman rm --force --time 0 calling_app_2 calling_app_3 >/dev/null
    compose --profile proxy down --volumes
    expect "containers left by compose" "" "$(podman ps --all --quiet)"
}

# Whether the proxy has sent a page request to each of the three apps.
three_answered() {
    for _ in 1 2 3 4 5 6; do answers 200 http://127.0.0.1:8090/about || return 1; done
    for number in 1 2 3; do podman logs "calling_app_$number" 2>&1 | grep -q '"route":"/about"' || return 1; done
}

# The part of the Kubernetes overlay that podman supports: the database, the migration, a server.
play() {
    podman tag localhost/calling:latest "localhost/calling:$(IMAGE=x deploy/image.sh tags | head -1 | cut -d: -f2)"
    podman network create cluster >/dev/null
    python3 "$here/kubernetes.py" playable >"$work/playable.yaml"
    podman kube play --network cluster "$work/playable.yaml" >"$work/played" 2>&1 || fail "$(cat "$work/played")"
    within 90 "the migration of the overlay has run" tables_are_there
    within 60 "the server of the overlay is ready" answers 200 http://127.0.0.1:8085/ready
    probes_succeed
    "$here/visitor.py" submit http://127.0.0.1:8085 9 >/dev/null
    say "kube play: the overlay's database, migration and server run; a questionnaire was read"
    podman kube down "$work/playable.yaml" >/dev/null 2>&1
}

# Runs each probe once, as a node of a cluster would.
probes_succeed() {
    local container kind rest asked=0
    local -a what
    while read -r container kind rest; do
        read -ra what <<<"$rest"
        if [ "$kind" = http ]; then
            answers 200 "http://127.0.0.1:8085${what[0]}" || fail "the probe of $container fails: ${what[0]}"
        else
            podman exec "$container-$container" "${what[@]}" </dev/null >/dev/null || fail "the probe of $container fails: ${what[*]}"
        fi
        asked=$((asked + 1))
    done < <(python3 "$here/kubernetes.py" probes)
    expect "probes asked" 3 "$asked"
}

tables_are_there() { podman exec postgres-postgres psql -U calling -tAc 'SELECT 1 FROM personality_records LIMIT 1'; }

# Describes the containers, to explain a failure. A command that fails here does not stop the rest.
tell() {
    local status=$?
    [ "$status" -ne 0 ] || return 0
    set +e
    {
        say "---- containers"
        podman ps --all --format '{{.Names}}: {{.Status}}, {{.Networks}}, {{.Ports}}'
        local container
        for container in $(podman ps --all --quiet); do
            podman inspect --format '---- {{.Name}}: {{.State.Status}}, exit code {{.State.ExitCode}}, killed for memory: {{.State.OOMKilled}}, started again: {{.RestartCount}}' \
                "$container"
            podman logs "$container" 2>&1 | grep -v '"message":"answered"' | tail -25
        done
        say "---- memory"
        free -m
    } >&2
}
trap tell EXIT

timed "stand-ins for the base images" stand_in
timed "the image" build
timed "a look into it" look
timed "compose" compose_up
timed "compose with three apps" compose_scaled
timed "kube play" play
