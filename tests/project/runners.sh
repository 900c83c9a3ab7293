#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench/run-adb.sh against a stand-in for adb, bench/run-ssh.sh against a local sshd: reports and tables come back, nothing stays
# behind, whatever fails.
#   runners.sh BULWARK_BENCH MODEL.bwk WORK-FOLDER
set -uo pipefail
bench_folder=$(cd "$(dirname "$0")/../../bench" && pwd)
binary=$1
model=$2
work=$3
name=$(basename "$model" .bwk)
bad=0
rm -rf "$work"
mkdir -p "$work/device"
work=$(cd "$work" && pwd)
device=$work/device

complain() { echo "FAILED: $*"; bad=1; }
expect() {  # WHAT CONDITION...
  local what=$1
  shift
  if "$@"; then echo "ok: $what"; else complain "$what"; fi
}
is_report() { grep -q '^{"format": "bulwark.bench", "version": 1' "$1"; }
is_whole_table() { grep -q '"format": "bulwark.latency-table".*"complete": true' "$1"; }
has_code() { [ "$code" -eq "$1" ]; }
nothing_left() { [ -z "$(ls -A "$device")" ]; }
quick=(--min-s 0.02 --warmup-s 0.01 --path reference)

# ---- The stand-in: /data/local/tmp of the phone is $device. ADB_FAILS names a command that fails; an old phone forgets exit codes.
cat > "$work/adb" << ADB
#!/usr/bin/env bash
device='$device'
ADB
cat >> "$work/adb" << 'ADB'
if [ "$1" = -s ]; then echo "serial $2" >> "$device/../serial"; shift 2; fi
verb=$1
shift
[ "$verb" != "${ADB_FAILS:-}" ] || { echo "adb: error: device went away" >&2; exit 1; }
here() { echo "${1//\/data\/local\/tmp/$device}"; }
case "$verb" in
  # The script that was pushed names folders of the phone too.
  push) cp "$1" "$(here "$2")" && if [[ $2 == */run.sh ]]; then sed -i "s|/data/local/tmp|$device|g" "$(here "$2")"; fi; echo "1 file pushed" ;;
  pull) cp "$(here "$1")" "$2" && echo "1 file pulled" ;;
  shell) sh -c "$(here "$1")"; exit 0 ;;
  *) exit 1 ;;
esac
ADB
chmod +x "$work/adb"
adb() { ADB=$work/adb "$bench_folder/run-adb.sh" --binary "$binary" "$@" > "$work/said" 2> "$work/errors" < /dev/null; code=$?; }

adb --serial phone7 --output "$work/adb-reports" "$model" -- "${quick[@]}" --threads 2
expect "adb: exit code 0" has_code 0
expect "adb: a report comes back" is_report "$work/adb-reports/$name.json"
expect "adb: options arrive" grep -q '"threads": 2' "$work/adb-reports/$name.json"
expect "adb: the serial number is handed on" grep -q 'serial phone7' "$work/serial"
expect "adb: nothing stays on the phone" nothing_left

adb --table "$work/adb.json" "$model" -- --min-s 0.001 --path reference --weights 8 --activations 8
expect "adb: a table comes back" is_whole_table "$work/adb.json"
entries=$(grep -c weight_bits "$work/adb.json")
adb --table "$work/adb.json" "$model" -- --min-s 0.001 --path reference --weights 8,2 --activations 8
expect "adb: a table goes along and grows" [ "$(grep -c weight_bits "$work/adb.json")" -gt "$entries" ]
expect "adb: nothing stays on the phone after a table" nothing_left

head -c 100 "$model" > "$work/broken.bwk"
adb --output "$work/adb-broken" "$work/broken.bwk" -- "${quick[@]}"
expect "adb: a broken model is exit code 3 of the phone" has_code 3
expect "adb: and no report" [ ! -e "$work/adb-broken/broken.json" ]
expect "adb: nothing stays on the phone after a failure" nothing_left
for verb in push pull; do
  ADB_FAILS=$verb adb --output "$work/adb-$verb" "$model" -- "${quick[@]}"
  expect "adb: $verb fails, and so does the script" [ "$code" -ne 0 ]
  expect "adb: no report after $verb failed" [ ! -e "$work/adb-$verb/$name.json" ]
  expect "adb: nothing stays on the phone after $verb failed" nothing_left
done
adb "$model; touch x.bwk"
expect "adb: no such model is exit code 4" has_code 4
cp "$model" "$work/a b.bwk"
adb "$work/a b.bwk"
expect "adb: a name with a blank is refused" has_code 2
adb
expect "adb: no model is exit code 2" has_code 2
ADB=$work/no-adb "$bench_folder/run-adb.sh" "$model" > /dev/null 2> "$work/errors"
expect "adb: without adb it says so" grep -q 'no adb' "$work/errors"

ADB=$work/adb "$bench_folder/run-adb.sh" --binary "$binary" --table "$work/stopped.json" "$model" -- --min-s 30 --path reference > /dev/null 2>&1 < /dev/null &
runner=$!
for _ in $(seq 100); do
  sleep 0.1
  if grep -qs weight_bits "$device"/*/table.json; then break; fi
done
kill -TERM $runner
wait $runner
code=$?
expect "adb: stopped from outside is exit code 143" has_code 143
expect "adb: the part of the table came back" grep -q '"complete": false' "$work/stopped.json"
expect "adb: nothing stays on the phone after a stop" nothing_left
adb --table "$work/stopped.json" "$model" -- --min-s 0.001 --path reference --weights 8 --activations 8
expect "adb: the next run completes the part" is_whole_table "$work/stopped.json"

# A run that would go on for a minute, and writes nothing that its folder could miss.
ADB=$work/adb "$bench_folder/run-adb.sh" --binary "$binary" --output "$work" "$model" -- --min-s 61.5 --path reference > /dev/null 2>&1 < /dev/null &
runner=$!
goes_on() { pgrep -f "^\./bulwark_bench bench $name.bwk --min-s 61.5" > /dev/null; }
for _ in $(seq 100); do
  sleep 0.1
  if goes_on; then break; fi
done
expect "adb: a long run goes on" goes_on
kill -TERM $runner
wait $runner
sleep 0.3
stopped() { ! goes_on; }
expect "adb: nothing goes on on the phone after a stop" stopped

# ---- A real sshd on a free port, as this user.
sshd=$(PATH=$PATH:/usr/sbin:/sbin command -v sshd)
if [ -z "$sshd" ] || ! command -v ssh-keygen > /dev/null; then
  echo "run-ssh.sh: skipped, no sshd here: toolchains/install-deps.sh --ssh-server installs one"
  exit $bad
fi
[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
ssh_folder=$work/ssh
mkdir -p "$ssh_folder"
chmod 700 "$ssh_folder"
ssh-keygen -q -t ed25519 -N '' -f "$ssh_folder/host"
ssh-keygen -q -t ed25519 -N '' -f "$ssh_folder/user"
cp "$ssh_folder/user.pub" "$ssh_folder/authorized"
server=
trap '[ -z "$server" ] || kill "$server" 2> /dev/null' EXIT
for _ in 1 2 3 4 5 6 7 8; do
  port=$((20000 + RANDOM % 20000))
  printf '%s\n' "Port $port" "ListenAddress 127.0.0.1" "HostKey $ssh_folder/host" "AuthorizedKeysFile $ssh_folder/authorized" "PidFile none" \
    "StrictModes no" "UsePAM no" "PasswordAuthentication no" "PermitRootLogin prohibit-password" > "$ssh_folder/config"
  "$sshd" -D -e -f "$ssh_folder/config" 2> "$ssh_folder/log" &
  server=$!
  for _ in $(seq 50); do
    if grep -q 'Server listening' "$ssh_folder/log" || ! kill -0 $server 2> /dev/null; then break; fi
    sleep 0.1
  done
  if grep -q 'Server listening' "$ssh_folder/log"; then break; fi
  server=
done
if [ -z "$server" ]; then
  complain "sshd does not start: $(tail -1 "$ssh_folder/log")"
  exit 1
fi
run_ssh() {
  "$bench_folder/run-ssh.sh" --port "$port" --identity "$ssh_folder/user" --ssh-option StrictHostKeyChecking=no \
    --ssh-option "UserKnownHostsFile=$ssh_folder/known" --ssh-option LogLevel=ERROR --binary "$binary" "$@" > "$work/said" 2> "$work/errors" < /dev/null
  code=$?
}
left_behind() { find /tmp -maxdepth 1 -name 'bulwark_bench.*' -newer "$ssh_folder/config"; }

run_ssh --output "$work/ssh-reports" "$(id -un)@127.0.0.1" "$model" -- "${quick[@]}"
expect "ssh: exit code 0" has_code 0
expect "ssh: a report comes back" is_report "$work/ssh-reports/$name.json"
run_ssh --table "$work/ssh.json" 127.0.0.1 "$model" -- --min-s 0.001 --path reference --weights 8 --activations 8
expect "ssh: a table comes back" is_whole_table "$work/ssh.json"
run_ssh --output "$work/ssh-broken" 127.0.0.1 "$work/broken.bwk" -- "${quick[@]}"
expect "ssh: a broken model is exit code 3 of the board" has_code 3
expect "ssh: nothing stays on the board" [ -z "$(left_behind)" ]
cp "$ssh_folder/host.pub" "$ssh_folder/authorized"
run_ssh --output "$work/ssh-refused" 127.0.0.1 "$model"
expect "ssh: a refused key is a failure" [ "$code" -ne 0 ]
expect "ssh: and no report" [ ! -e "$work/ssh-refused/$name.json" ]
exit $bad
