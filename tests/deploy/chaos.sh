#!/usr/bin/env bash
# Three servers behind HAProxy, and trouble at random: see chaos.py. Two minutes, or as many seconds as are named.
#
#   CALLING_BINARY=target/debug/calling tests/deploy/private.sh tests/deploy/chaos.sh [SECONDS] [TABLE.md]
set -euo pipefail
exec python3 "$(dirname "$0")/chaos.py" "${@:-120}"
