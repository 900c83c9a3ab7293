#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Modelled cycles of one warm run of a model on an emulated core: a --cost-command of bulwark_bench.
#
#   bench/modelled-cycles.sh CPU PLUGIN YARDSTICK BENCH MODEL.bwk
#
# CPU is cortex-a53, cortex-a72 or cortex-a76, PLUGIN the yardstick's compiled counting plugin, YARDSTICK the folder of bbcycles.py,
# BENCH a static bulwark_bench for aarch64. Prints: CYCLES KERNEL PATH, the kernel being that of the model's last operator.
set -euo pipefail
cpu=$1 plugin=$2 yardstick=$3 bench=$4 model=$5
case "$cpu" in
  cortex-a53 | cortex-a72) scheduling=$cpu ;;
  cortex-a76) scheduling=neoverse-n1 ;;
  *) echo "modelled-cycles.sh: no model of '$cpu': cortex-a53, cortex-a72 or cortex-a76" >&2; exit 2 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
blocks=$work/blocks
# Atomic exchanges have no schedule in the model of neoverse-n1: one a run, which only shows where next to nothing else runs.
printf '#!/bin/sh\nexec %s -skip-unsupported-instructions=lack-sched "$@"\n' "$(command -v llvm-mca-19)" > "$work/llvm-mca-19"
chmod +x "$work/llvm-mca-19"
export PATH=$work:$PATH
said=$(qemu-aarch64 -cpu "$cpu" -plugin "$plugin,out=$blocks,bb=on" "$bench" bench "$model" --markers --json)
cycles=$(python3 "$yardstick/bbcycles.py" "$blocks" "$scheduling" | sed -n 's/.*cycles \([0-9]*\) .*/\1/p')
kernel=$(grep -o '"kernel": "[^"]*"' <<< "$said" | tail -1 | cut -d'"' -f4)
path=$(grep -o '"path": "[^"]*"' <<< "$said" | head -1 | cut -d'"' -f4)
echo "$cycles ${kernel:-none} $path"
