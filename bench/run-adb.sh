#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures models on a phone: pushes bulwark_bench and the models, runs, fetches the JSON, cleans up.
#
#   bench/run-adb.sh [--serial S] [--binary FILE] [--output FOLDER] [--table FILE.json] MODEL.bwk ... [-- OPTIONS OF bulwark_bench bench]
#
# Reports are FOLDER/MODEL.json (here unless given). With --table the models' layers are measured instead, into FILE.json; a table that
# is there already goes along and is completed. The binary is the build for the phone's processor unless given. `adb` is the one
# in the path, or $ADB.
set -euo pipefail
# shellcheck source=bench/runner.sh
source "$(dirname "${BASH_SOURCE[0]}")/runner.sh"
adb=("${ADB:-adb}")
base=/data/local/tmp
while [ $# -gt 0 ]; do
  common_option "$1" "${2:-}"
  if [ "$1" = -- ]; then options=("${@:2}"); break; fi
  if [ $shift_by -gt 0 ]; then shift $shift_by || code=2 fail "$1 needs a value"; continue; fi
  case "$1" in
    --serial) adb+=(-s "${2:?--serial needs a value}"); shift ;;
    -*) sed -n '3,9p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2 ;;
    *) models+=("$1") ;;
  esac
  shift
done
command -v "${adb[0]}" > /dev/null || code=4 fail "no adb in the path: install it or set ADB"

# Old phones do not hand the exit code on: it comes as the last line.
there() {
  local said status
  said=$("${adb[@]}" shell "$1"'; echo "exit code $?"') || return
  said=${said//$'\r'/}
  status=${said##*exit code }
  said=${said%exit code *}
  [ -z "$said" ] || printf '%s' "$said"
  [[ "$status" =~ ^[0-9]+$ ]] && return "$status"
  return 1
}
send() { "${adb[@]}" push "$1" "$2" > /dev/null; }
fetch() { "${adb[@]}" pull "$1" "$2" > /dev/null; }
run_all
