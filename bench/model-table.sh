#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes latency tables without hardware: modelled cycles of every distinct layer of some models at every width, one table per core.
#
#   bench/model-table.sh [--yardstick FOLDER] [--cores "cortex-a53 cortex-a72 cortex-a76"] [--output FOLDER] [--weights 8,4,3,2]
#                        [--activations 8,7,6,5,4,3,2] [--check] [--anew]
#                        [MODEL.{bwk,onnx,tflite} ...]
#
# Without models it takes those of bench/tables: examples/models (of the pointwise ones the widths 8, 4 and 2 alone, unless others are given)
# and, from ../shared/models/mlperf_tiny, a DS-CNN and a ResNet-8.
# The tables are FOLDER/CORE.json (bench/tables unless given); layers that a table has already are not counted again, and an
# interrupted run goes on where it stopped; --anew begins from nothing, for kernels that have changed. --check also counts every model
# as a whole and prints how far the sum of its layers is off. The yardstick is a counting plugin for qemu (armcount.c) and a model of
# cycles (bbcycles.py, with llvm-19); its folder is ../shared/yardstick unless given, and without it the script ends with exit code
# 77. Builds `release` and `aarch64` must exist.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
yardstick=$root/../shared/yardstick
output=$root/bench/tables
cores="cortex-a53 cortex-a72 cortex-a76"
check=no
anew=no
shipped=no
models=()
options=()
while [ $# -gt 0 ]; do
  case "$1" in
    --yardstick) yardstick=$2; shift ;;
    --cores) cores=$2; shift ;;
    --output) output=$2; shift ;;
    --weights | --activations) options+=("$1" "$2"); shift ;;
    --check) check=yes ;;
    --anew) anew=yes ;;
    -*) sed -n '3,15p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2 ;;
    *) models+=("$1") ;;
  esac
  shift
done
if [ ${#models[@]} -eq 0 ]; then
  shipped=yes
  models=("$root"/examples/models/{fmnist,cifar10}-pointwise-w8a8.onnx
    "$root"/examples/models/fmnist-plain-w{8a8,4a4,3a3,2a2}.onnx
    "$root"/../shared/models/mlperf_tiny/{kws_ref_model,pretrainedResnet_quant}.tflite)
fi
for source in "${models[@]}"; do
  if [ ! -e "$source" ]; then
    echo "skipped: $source is not here"
    exit 77
  fi
done
if [ ! -e "$yardstick/armcount.c" ]; then
  echo "skipped: the yardstick's armcount.c is not in $yardstick; its folder is given with --yardstick"
  exit 77
fi
if ! command -v llvm-mca-19 > /dev/null; then
  echo "skipped: llvm-mca-19 is not here"
  exit 77
fi
host=$root/build/release/bin
arm=$root/build/aarch64/bin/bulwark_bench
for binary in "$arm" "$host/bulwark" "$host/bulwark_bench"; do
  if [ ! -x "$binary" ]; then
    echo "skipped: $binary is not built"
    exit 77
  fi
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gcc -O2 -shared -fPIC -fvisibility=hidden -o "$work/armcount.so" "$yardstick/armcount.c"
mkdir -p "$output"
# The old ones stay until they are replaced at the end.
if [ $anew = yes ]; then
  final=$output
  output=$work/tables
  mkdir -p "$output"
fi

for source in "${models[@]}"; do
  name=$(basename "$source")
  name=${name%.*}
  model=$work/$name.bwk
  case "$source" in
    *.bwk) cp "$source" "$model" ;;
    *) "$host/bulwark" convert "$source" -o "$model" > /dev/null ;;
  esac
  widths=("${options[@]}")
  if [ $shipped = yes ] && [ ${#options[@]} -eq 0 ]; then
    case "$name" in *-pointwise-*) widths=(--weights 8,4,2 --activations 8,4,2) ;; esac
  fi
  for core in $cores; do
    command="'$root/bench/modelled-cycles.sh' $core '$work/armcount.so' '$yardstick' '$arm'"
    "$host/bulwark_bench" bench "$model" --table "$output/$core.json" "${widths[@]}" --cost-command "$command" --unit cycles --core "$core" \
      --obtained "modelled: block counts of one warm run under qemu times llvm-mca's steady state for the core (neoverse-n1 for cortex-a76); no cache misses, perfect branches"
    if [ $check = yes ]; then
      "$host/bulwark_bench" predict "$model" --table "$output/$core.json" --cost-command "$command" | tail -2
    fi
  done
done
if [ $anew = yes ]; then cp "$output"/*.json "$final/"; fi
