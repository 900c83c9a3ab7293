#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The device's own binary under emulation: static, of a bounded size, and every kind of its reports comes out.
#   bench_binary.sh BUILD-ROOT MODEL.bwk WORK-FOLDER
set -uo pipefail
build=$1
model=$2
work=$3
bad=0
tried=0
rm -rf "$work"
mkdir -p "$work"

# NAME LIMIT-IN-BYTES COMMAND...: the last word of the command is the binary
check() {
  local name=$1 limit=$2 binary=${*: -1} size out=$work/$1
  shift 2
  if [ ! -x "$binary" ]; then
    echo "$name: left out, not built"
    return
  fi
  tried=$((tried + 1))
  mkdir -p "$out"
  strip_size=$(size -A -d "$binary" 2> /dev/null | awk '$1 == "Total" { print $2 }')
  size=$(stat -c %s "$binary")
  echo "$name: $size bytes in the file, ${strip_size:-unknown} in sections"
  if [ "$size" -gt "$limit" ]; then echo "$name: FAILED, more than $limit bytes"; bad=1; fi
  if readelf -l "$binary" | grep -q INTERP; then echo "$name: FAILED, it is not static"; bad=1; fi
  run() {  # WHAT PATTERN FILE ARGUMENTS...
    local what=$1 pattern=$2 file=$3
    shift 3
    if "${command[@]}" "$@" > "$out/said" 2> "$out/errors" && grep -q "$pattern" "$file"; then
      echo "$name: ok: $what"
    else
      echo "$name: FAILED: $what: $(tail -1 "$out/errors")"
      bad=1
    fi
  }
  local command=("$@")
  run "report" '"format": "bulwark.bench"' "$out/report.json" bench "$model" --min-s 0.05 --warmup-s 0.02 --profile --output "$out/report.json"
  run "page" '<!doctype html>' "$out/report.html" page "$out/report.json" "$out/report.json" --html "$out/report.html"
  run "comparison" '"format": "bulwark.compare"' "$out/said" bench "$model" --compare-path reference --min-s 0.05 --warmup-s 0.02 --json
  run "table" '"complete": true' "$out/table.json" bench "$model" --table "$out/table.json" --weights 8,4 --activations 8,4 --min-s 0.002
  run "prediction" '"ratio"' "$out/said" predict "$model" --table "$out/table.json" --measure --min-s 0.1 --json
}
check aarch64 4000000 qemu-aarch64 -cpu cortex-a53 "$build/aarch64/bin/bulwark_bench"
check armv7 3000000 qemu-arm -cpu cortex-a7 "$build/armv7/bin/bulwark_bench"
if [ $tried -eq 0 ]; then
  echo "skipped: no ARM binary is built"
  exit 77
fi
exit $bad
