#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The shipped latency tables against whole networks, counted anew: sums of layers may be 10 % off. Kernels that become faster make the
# tables old: bench/model-table.sh --anew makes them again.
#   latency_tables.sh SOURCE-ROOT YARDSTICK-FOLDER WORK-FOLDER
set -uo pipefail
root=$1
yardstick=$2
work=$3
rm -rf "$work"
mkdir -p "$work"
cp "$root"/bench/tables/*.json "$work/"
"$root/bench/model-table.sh" --yardstick "$yardstick" --output "$work" --check --weights 8 --activations 8 \
  "$root"/examples/models/fmnist-plain-w{8a8,4a4,3a3,2a2}.onnx > "$work/said" 2>&1
code=$?
cat "$work/said"
[ $code -eq 0 ] || exit $code
awk '
  / of them new/ { if ($(NF - 3) != 0) { print "FAILED: a layer of the network is not in the shipped table: " $0; bad = 1 } }
  / % off/ { checked++; off = $(NF - 2) + 0; if (off > 10 || off < -10) { print "FAILED: more than 10 % off: " $0; bad = 1 } }
  END { if (checked != 12) { print "FAILED: " checked " networks checked, not 12"; bad = 1 } exit bad }' "$work/said"
