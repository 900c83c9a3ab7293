# SPDX-License-Identifier: Apache-2.0
# What run-adb.sh and run-ssh.sh have in common: sourced by them. Before run_all they define
#   there COMMAND      runs a shell command on the device; its exit code is the command's
#   send FILE PLACE    copies a file to a path on the device
#   fetch PLACE FILE   and back
#   base               a folder on the device in which programs may be run
# shellcheck shell=bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=$(basename "$0")
binary=
output=.
table=
models=()
options=()
folder=    # on the device
work=      # here
child=
table_is_there=no

fail() {
  echo "$program: $*" >&2
  exit "${code:-1}"
}

# Options that both take; sets `shift_by`, 0 for one that is not known here.
common_option() {
  shift_by=2
  case "$1" in
    --binary) binary=$2 ;;
    --output) output=$2 ;;
    --table) table=$2 ;;
    --) shift_by=1 ;;
    *) shift_by=0 ;;
  esac
}

# Also after a failure and after Ctrl-C: nothing stays or goes on on the device, and a table's part comes back.
clean_up() {
  local status=$?
  trap - EXIT INT TERM HUP
  [ -z "$child" ] || kill "$child" 2> /dev/null || true
  if [ -n "$folder" ]; then
    there "[ ! -e '$folder/pid' ] || kill \$(cat '$folder/pid')" > /dev/null 2>&1 < /dev/null || true
    bring_table || true
    there "rm -rf '$folder'" > /dev/null 2>&1 < /dev/null || echo "$program: '$folder' may have been left on the device" >&2
  fi
  [ -z "$work" ] || rm -rf "$work"
  exit $status
}

bring_table() {
  [ "$table_is_there" = yes ] || return 0
  there "test -e '$folder/table.json'" > /dev/null 2>&1 < /dev/null || return 0
  fetch "$folder/table.json" "$table.part" && mv "$table.part" "$table" && echo "$table" && table_is_there=no
}

choose_binary() {
  local machine
  [ -z "$binary" ] || return 0
  machine=$(there 'uname -m' < /dev/null | tr -d '\r\n')
  case "$machine" in
    aarch64 | arm64) binary=$root/build/aarch64/bin/bulwark_bench ;;
    armv7* | armv8l) binary=$root/build/armv7/bin/bulwark_bench ;;
    x86_64) binary=$root/build/release/bin/bulwark_bench ;;
    *) fail "the device's processor is '$machine': give a bulwark_bench for it with --binary" ;;
  esac
}

# Runs bulwark_bench with these words. The device notes its process; here it is waited for, so that signals are heard at once.
run_bench() {
  local words status=0
  words=$(printf ' %q' bench "$@")
  printf '%s\n' "cd '$folder' || exit 4" "./bulwark_bench$words &" 'echo $! > pid' 'wait $!' 'status=$?' 'rm -f pid' 'exit $status' > "$work/run.sh"
  send "$work/run.sh" "$folder/run.sh" || return
  there "sh '$folder/run.sh'" < /dev/null &
  child=$!
  wait "$child" || status=$?
  child=
  return $status
}

# A report of one model, fetched as OUTPUT/NAME.json.
run_report() {
  run_bench "$1.bwk" "${options[@]}" --output report.json || return
  fetch "$folder/report.json" "$output/$1.json.part" && mv "$output/$1.json.part" "$output/$1.json" && echo "$output/$1.json"
}

# A table that was begun goes along.
run_table() {
  local status=0
  if [ -e "$table" ]; then send "$table" "$folder/table.json" || return; fi
  table_is_there=yes
  run_bench "$1.bwk" "${options[@]}" --table table.json || status=$?
  bring_table || return
  return $status
}

run_all() {
  local model name
  [ ${#models[@]} -gt 0 ] || code=2 fail "no model given"
  for model in "${models[@]}"; do
    [ -f "$model" ] || code=4 fail "$model: no such file"
    name=$(basename "$model" .bwk)
    # The name becomes part of commands on the device.
    [[ "$name" =~ ^[A-Za-z0-9._-]+$ ]] || code=2 fail "$model: only letters, digits, '.', '_' and '-' may be in a model's name"
  done
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  work=$(mktemp -d)
  mkdir -p "$output"
  choose_binary
  [ -f "$binary" ] || code=4 fail "$binary: no such file; build it or give another with --binary"
  folder=$base/bulwark_bench.$$.$RANDOM
  there "mkdir '$folder'" < /dev/null || { folder=; fail "the device makes no folder in $base"; }
  send "$binary" "$folder/bulwark_bench"
  there "chmod 755 '$folder/bulwark_bench'" < /dev/null
  for model in "${models[@]}"; do
    name=$(basename "$model" .bwk)
    send "$model" "$folder/$name.bwk"
    if [ -n "$table" ]; then run_table "$name"; else run_report "$name"; fi
  done
}
