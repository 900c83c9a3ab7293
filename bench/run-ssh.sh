#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures models on a board that is reached by ssh: copies bulwark_bench and the models, runs, fetches the JSON, cleans up.
#
#   bench/run-ssh.sh [--port N] [--identity FILE] [--ssh-option NAME=VALUE] [--binary FILE] [--output FOLDER] [--table FILE.json]
#                    [USER@]HOST MODEL.bwk ... [-- OPTIONS OF bulwark_bench bench]
#
# Reports are FOLDER/MODEL.json (here unless given). With --table the models' layers are measured instead, into FILE.json; a table that
# is there already goes along and is completed. The binary is the build for the board's processor unless given.
set -euo pipefail
# shellcheck source=bench/runner.sh
source "$(dirname "${BASH_SOURCE[0]}")/runner.sh"
base=/tmp
ssh=(ssh -o BatchMode=yes)
host=
while [ $# -gt 0 ]; do
  common_option "$1" "${2:-}"
  if [ "$1" = -- ]; then options=("${@:2}"); break; fi
  if [ $shift_by -gt 0 ]; then shift $shift_by || code=2 fail "$1 needs a value"; continue; fi
  case "$1" in
    --port) ssh+=(-p "${2:?--port needs a value}"); shift ;;
    --identity) ssh+=(-i "${2:?--identity needs a value}"); shift ;;
    --ssh-option) ssh+=(-o "${2:?--ssh-option needs a value}"); shift ;;
    -*) sed -n '3,10p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2 ;;
    *) if [ -z "$host" ]; then host=$1; else models+=("$1"); fi ;;
  esac
  shift
done
[ -n "$host" ] || code=2 fail "no host given"

there() { "${ssh[@]}" -- "$host" "$1"; }
# Through the shell: boards without an sftp server do too.
send() { "${ssh[@]}" -- "$host" "cat > '$2'" < "$1"; }
fetch() { "${ssh[@]}" -- "$host" "cat '$1'" < /dev/null > "$2"; }
run_all
