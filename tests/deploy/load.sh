#!/usr/bin/env bash
# A short run of the Locust file: questionnaires, texts for the JSON interface, and a burst of each kind.
#
#   CALLING_BINARY=target/debug/calling tests/deploy/private.sh tests/deploy/load.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tests/deploy
: "${CALLING_BINARY:?the program that is loaded}"
# shellcheck source-path=SCRIPTDIR
. "$here/say.sh"

scratch=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$scratch"' EXIT
# Small models with random weights: with the bundled ones a debug build on a busy machine refuses texts behind questionnaires.
models=$PWD/tests/fixtures/models
"$CALLING_BINARY" serve --mbti-model "$models/albert-spiece" --big-five-model "$models/bert-vocab-txt" --database-url "sqlite://$scratch/calling.db" --rate-limit 0 --metrics-listen 127.0.0.1:9464 \
    --precision "${CALLING_PRECISION:-reference}" >"$scratch/log" 2>&1 &
server=$!
within 60 "the server is ready" answers 200 http://127.0.0.1:8080/ready

# run NAME OPTIONS…: runs Locust; any failed request fails the test.
run() {
    local name=$1
    shift
    locust --locustfile tests/load/locustfile.py --host http://127.0.0.1:8080 --headless --only-summary \
        --csv "$scratch/$name" "$@" >"$scratch/$name.log" 2>&1 || { tail -30 "$scratch/$name.log" >&2; fail "$name failed"; }
}
# asked NAME ROUTE: how many requests to a route were counted.
asked() { awk -F, -v route="$2" '$2 == route { sum += $3 } END { print sum + 0 }' "$scratch/$1_stats.csv"; }

# Whether no submission is being read and no text waits for the models.
all_is_read() {
    [ "$(curl --silent http://127.0.0.1:9464/metrics |
        awk '$1 ~ /^calling_(waiting_readings|submissions_reading|queue_waiting|queue_reading)$/ { n++; sum += $2 } END { print n, sum }')" = "4 0" ]
}

run mix --users 4 --spawn-rate 4 --run-time 12s --stop-timeout 60 Visitor Program
[ "$(asked mix /questions/check)" -ge 1 ] || fail "nobody sent a questionnaire"
[ "$(asked mix '/results/{key}')" -ge 1 ] || fail "nobody saw a result"
[ "$(asked mix /get_career_recommendations)" -ge 1 ] || fail "nobody posted a text"
# The bursts are not measured behind what the visitors sent.
within 600 "what the visitors sent has been read" all_is_read
run pages --users 20 --spawn-rate 20 --senders 20 --requests 400 --ramp 2 Burst
expect "pages that were asked for" 400 "$(asked pages Aggregated)"
run texts --users 4 --spawn-rate 4 --senders 4 --requests 20 --ramp 2 --texts --repeat Burst
expect "texts that were sent" 20 "$(asked texts /get_career_recommendations)"
say "the Locust file: $(asked mix Aggregated) requests of visitors and programs, a burst of 400 pages and 20 texts, none failed"
