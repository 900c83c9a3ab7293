#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One answer per file: the host's reference path against every path, thread count and emulated processor, byte by byte.
#   same_bytes.sh BUILD-ROOT WORK-FOLDER MODEL-FOLDER INPUT.npy
# BUILD-ROOT holds release/, aarch64/ and armv7/; processors whose binary is not built are listed as left out.
set -uo pipefail
build=$1
work=$2
models=$3
input=$4
host=$build/release/bin/bulwark_bench
arm64=$build/aarch64/bin/bulwark_bench
arm32=$build/armv7/bin/bulwark_bench
failed=0
compared=0

run() {  # NAME THREADS COMMAND...
  local name=$1 threads=$2
  shift 2
  if ! "$@" run "$model" --input "$input" --output-dir "$out/$name" --threads "$threads" > "$out/$name.log" 2>&1; then
    echo "$name: does not run: $(tail -1 "$out/$name.log")"
    failed=1
    return 1
  fi
}

compare() {  # NAME THREADS COMMAND...
  run "$@" || return
  local file
  for file in "$out"/reference/output*.bin; do
    if ! cmp "$file" "$out/$1/$(basename "$file")"; then
      echo "$1: DIFFERENT"
      failed=1
      return
    fi
  done
  compared=$((compared + 1))
}

for model in "$models"/*.bwk; do
  name=$(basename "$model" .bwk)
  out=$work/$name
  rm -rf "$out"
  mkdir -p "$out"
  before=$compared
  run reference 1 env BULWARK_PATH=reference "$host" || continue
  for threads in 1 2 4; do
    compare "host-best-$threads" "$threads" "$host"
  done
  for path in avx2 vnni; do
    if BULWARK_PATH=$path "$host" run "$model" --input "$input" --output-dir "$out/$path" > /dev/null 2>&1; then
      compare "host-$path" 1 env BULWARK_PATH=$path "$host"
    fi
  done
  if [ -x "$arm64" ]; then
    for cpu in cortex-a53 cortex-a72 cortex-a76 max; do
      compare "$cpu-best" 1 qemu-aarch64 -cpu "$cpu" "$arm64"
    done
    for path in reference neon dotprod i8mm; do
      if env BULWARK_PATH=$path qemu-aarch64 -cpu max "$arm64" run "$model" --input "$input" --output-dir "$out/try" > "$out/try.log" 2>&1; then
        compare "max-$path" 1 env BULWARK_PATH=$path qemu-aarch64 -cpu max "$arm64"
      else
        echo "$name: path $path is not in the aarch64 build: $(tail -1 "$out/try.log")"
      fi
    done
    # Weights packed for one path, used in place there and left alone on another processor and on the host.
    plain=$model
    if qemu-aarch64 -cpu cortex-a53 "$arm64" pack "$plain" --output "$out/packed.bwk" > "$out/pack.log" 2>&1; then
      model=$out/packed.bwk
      compare cortex-a53-packed 1 qemu-aarch64 -cpu cortex-a53 "$arm64"
      compare cortex-a76-packed 1 qemu-aarch64 -cpu cortex-a76 "$arm64"
      compare host-packed 1 "$host"
      model=$plain
    fi
    for threads in 2 4; do
      compare "max-$threads-threads" "$threads" qemu-aarch64 -cpu max "$arm64"
    done
  else
    echo "$name: aarch64 left out, not built"
  fi
  if [ -x "$arm32" ]; then
    compare armv7-reference 1 env BULWARK_PATH=reference qemu-arm -cpu cortex-a7 "$arm32"
  else
    echo "$name: armv7 left out, not built"
  fi
  echo "$name: $((compared - before)) runs compared with the host's reference path"
done
[ "$compared" -gt 0 ] || failed=1
exit $failed
