#!/usr/bin/env bash
# Random failures of three servers behind HAProxy; see chaos.py. Lasts SECONDS, by default two minutes.
#
#   CALLING_BINARY=target/debug/calling tests/deploy/private.sh tests/deploy/chaos.sh [SECONDS] [TABLE.md]
set -euo pipefail
exec python3 "$(dirname "$0")/chaos.py" "${@:-120}"
