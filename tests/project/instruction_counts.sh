#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Speed without hardware: guest instructions per multiply-accumulate of whole kernel calls, counted by the yardstick's
# emulator plugin, against upper bounds that must hold. Prints the table.
#   instruction_counts.sh BUILD-ROOT YARDSTICK-FOLDER
set -euo pipefail
build=$1
yardstick=$2
bench=$build/aarch64/bin/bulwark_kernel_bench
if [ ! -e "$yardstick/armcount.c" ]; then
  echo "skipped: the yardstick plugin is not here"
  exit 77
fi
if [ ! -x "$bench" ]; then
  echo "skipped: $bench is not built"
  exit 77
fi
work=$build/instruction_counts
mkdir -p "$work"
gcc -O2 -shared -fPIC -fvisibility=hidden -o "$work/libarmcount.so" "$yardstick/armcount.c"

failed=0
# CPU PROBLEM WEIGHTS LIMIT [BITS OF ACTIVATIONS]
count() {
  local cpu=$1 problem=$2 weights=$3 limit=$4 activations=${5:-8} macs total ratio
  macs=$(qemu-aarch64 -cpu "$cpu" -plugin "$work/libarmcount.so,out=$work/count" "$bench" \
    --problem "$problem" --weights "$weights" --activations "$activations" --markers | sed -n 's/.*macs[^0-9]*\([0-9][0-9]*\).*/\1/p' | head -1)
  total=$(awk '$1 == "total" {print $2}' "$work/count")
  ratio=$(awk "BEGIN { printf \"%.4f\", $total / $macs }")
  printf '%-11s %-11s %-8s %s bits %s instructions per MAC (limit %s)\n' "$cpu" "$problem" "$weights" "$activations" "$ratio" "$limit"
  if awk "BEGIN { exit !($ratio > $limit) }"; then
    echo "  over the limit"
    failed=1
  fi
  last=$ratio
}
count cortex-a53 pw56 s8 0.286
count cortex-a53 pw7 s8 0.218
count cortex-a53 pw14 s8 0.228
int8=$last
count cortex-a53 pw14 s4 0.176
count cortex-a53 128x512x512 s4 0.166
count cortex-a53 pw14 s4 0.142 4
count cortex-a53 pw14 s2 "$int8"
count cortex-a53 pw14 s2 0.118 4
count cortex-a53 pw14 ternary 0.11 4
count cortex-a53 pw14 s2 0.102 2
count cortex-a53 196x64x64 s4 0.165 4
count cortex-a53 196x64x64 s2 0.137 4
count cortex-a53 196x64x64 s2 0.125 2
count cortex-a72 pw14 s2 0.12 4
count cortex-a72 196x64x64 s2 0.147 4
count cortex-a76 pw56 s8 0.138
count cortex-a76 pw14 s8 0.088
count cortex-a76 pw7 s8 0.077
count cortex-a76 c3x3 s8 0.080
count cortex-a76 stem s8 0.16
count max pw56 s8 0.115
count max pw14 s8 0.062
count max pw7 s8 0.05
count max c3x3 s8 0.055
count max stem s8 0.142
count cortex-a53 c3x3 s8 0.11
count cortex-a53 c3x3 s4 0.11
count cortex-a53 stem s8 0.316
count cortex-a53 pw14 s9 0.305
count cortex-a53 dw14 s8 0.40
count cortex-a76 dw14 s8 0.30
count cortex-a53 dw14 s4 0.36
count cortex-a53 dw28s2 s8 0.51
count cortex-a76 dw28s2 s8 0.465
count cortex-a53 fc s8 0.25
count cortex-a53 fc s4 0.235
count cortex-a53 fc s2 0.245
count max fc s4 0.114
count max fc s2 0.114
count cortex-a76 fc s4 0.114
count cortex-a76 fc s2 0.114
count cortex-a76 fc4 s4 0.075
count max fc4 s4 0.048
count cortex-a76 fc s8 0.10

# MobileNetV2 as a whole, where the model and the converter are there: millions of instructions of one run, and of all from the file
# to a session that is ready, also of a file with packed weights.
#   CPU LIMIT FILE OPTION...
network() {
  local cpu=$1 limit=$2 file=$3 total option
  shift 3
  option="$file $*"
  qemu-aarch64 -cpu "$cpu" -plugin "$work/libarmcount.so,out=$work/count" "$build/aarch64/bin/bulwark_bench" \
    bench "$work/$file.bwk" "$@" > /dev/null
  total=$(awk '$1 == "total" { printf "%.1f", $2 / 1e6 }' "$work/count")
  printf '%-11s %s %s M instructions (limit %s)\n' "$cpu" "$option" "$total" "$limit"
  if awk "BEGIN { exit !($total > $limit) }"; then
    echo "  over the limit"
    failed=1
  fi
}
source=$yardstick/../models/perf/mnv2_int8.onnx
if [ -e "$source" ] && [ -x "$build/release/bin/bulwark" ] && [ -x "$build/aarch64/bin/bulwark_bench" ]; then
  "$build/release/bin/bulwark" convert "$source" -o "$work/mnv2.bwk" > /dev/null 2>&1
  "$build/release/bin/bulwark" convert "$source" -o "$work/mnv2-packed.bwk" --pack neon,dotprod > /dev/null 2>&1
  network cortex-a53 80 mnv2 --markers
  network cortex-a76 36.5 mnv2 --markers
  network cortex-a53 9.8 mnv2 --load-markers
  network cortex-a53 3.7 mnv2 --load-markers --skip-hash
  network cortex-a53 4.2 mnv2-packed --load-markers --skip-hash
  network cortex-a76 3.75 mnv2 --load-markers --skip-hash
  network cortex-a76 4.25 mnv2-packed --load-markers --skip-hash
else
  echo "MobileNetV2: skipped, the model, the converter or the device binary is not here"
fi

# What a certified run costs in plain ones, on the pictures of the shipped model trained with interval bounds: both, and
# with the bounds first and the model only where they prove nothing.
#   CPU LIMIT LIMIT
certified() {
  local cpu=$1 both=$2 first=$3 what totals=()
  for what in "" "--certify 8" "--certify 8 --certify-first"; do
    # shellcheck disable=SC2086 # options
    qemu-aarch64 -cpu "$cpu" -plugin "$work/libarmcount.so,out=$work/count" "$build/aarch64/bin/bulwark_bench" \
      bench "$work/interval.bwk" --markers --input "$quickstart/fashion-mnist-200-images.npy" $what > /dev/null
    totals+=("$(awk '$1 == "total" {print $2}' "$work/count")")
  done
  awk "BEGIN { printf \"%-11s certified run %.2f (limit $both), certify first %.2f (limit $first) plain runs\n\", \"$cpu\",
    ${totals[1]} / ${totals[0]}, ${totals[2]} / ${totals[0]} }"
  if awk "BEGIN { exit !(${totals[1]} > $both * ${totals[0]} || ${totals[2]} > $first * ${totals[0]}) }"; then
    echo "  over the limit"
    failed=1
  fi
}
quickstart=$(dirname "$0")/../../examples/quickstart
if [ -x "$build/release/bin/bulwark" ] && [ -x "$build/aarch64/bin/bulwark_bench" ]; then
  "$build/release/bin/bulwark" convert "$quickstart/fmnist-interval-w4a4.onnx" -o "$work/interval.bwk" > /dev/null 2>&1
  network cortex-a53 0.4 interval --load-markers --skip-hash
  network cortex-a76 0.31 interval --load-markers --skip-hash
  certified cortex-a53 2.95 2.0
  certified cortex-a76 3.0 2.1
  certified max 3.1 2.15
fi
exit $failed
