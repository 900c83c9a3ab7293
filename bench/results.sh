#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes bench/RESULTS.md: instructions and modelled cycles of kernels and of MobileNetV2 on emulated ARM cores, and the wall time on
# this machine against ONNX Runtime.
#
#   bench/results.sh [--yardstick FOLDER] [--models FOLDER] [--peer-python PYTHON] [--output FILE]
#
# The yardstick is a counting plugin for qemu (armcount.c) and a model of cycles (bbcycles.py); it does not belong to this repository.
# Its folder is ../shared/yardstick unless given; without it nothing can be counted and the script ends with exit code 77. The models
# are ../shared/models/perf. Builds `release` and `aarch64` must exist (cmake --preset ...; cmake --build --preset ...). Without
# a Python that has onnxruntime the last section says so.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
yardstick=$root/../shared/yardstick
models=$root/../shared/models/perf
peer_python=
output=$root/bench/RESULTS.md
while [ $# -gt 0 ]; do
  case "$1" in
    --yardstick) yardstick=$2 ;;
    --models) models=$2 ;;
    --peer-python) peer_python=$2 ;;
    --output) output=$2 ;;
    *) sed -n '3,12p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2 ;;
  esac
  shift 2
done
if [ ! -e "$yardstick/armcount.c" ]; then
  echo "skipped: the yardstick's armcount.c is not in $yardstick; its folder is given with --yardstick"
  exit 77
fi
arm=$root/build/aarch64/bin
host=$root/build/release/bin
for binary in "$arm/bulwark_kernel_bench" "$arm/bulwark_bench" "$host/bulwark" "$host/bulwark_bench"; do
  if [ ! -x "$binary" ]; then
    echo "skipped: $binary is not built"
    exit 77
  fi
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gcc -O2 -shared -fPIC -fvisibility=hidden -o "$work/armcount.so" "$yardstick/armcount.c"

# CPU COMMAND...: the instructions between the markers; block counts stay in $work/blocks, the program's words in $work/said.
count() {
  local cpu=$1
  shift
  qemu-aarch64 -cpu "$cpu" -plugin "$work/armcount.so,out=$work/blocks,bb=on" "$@" > "$work/said" 2> /dev/null
  awk '$1 == "total" { print $2 }' "$work/blocks"
}
# SCHEDULING-MODEL: modelled cycles of the last count.
cycles() { python3 "$yardstick/bbcycles.py" "$work/blocks" "$1" | sed -n 's/.*cycles \([0-9]*\) .*/\1/p'; }
model_of() {
  case "$1" in
    cortex-a53 | cortex-a72) echo "$1" ;;
    cortex-a76) echo neoverse-n1 ;;
  esac
}
millions() { awk "BEGIN { printf \"%.2f\", $1 / 1e6 }"; }

# NAME CPU PROBLEM WEIGHTS ACTIVATIONS PEER GOAL
kernel_row() {
  local name=$1 cpu=$2 problem=$3 weights=$4 activations=$5 peer=$6 goal=$7 total macs kernel ratio cycle=-
  total=$(count "$cpu" "$arm/bulwark_kernel_bench" --problem "$problem" --weights "$weights" --activations "$activations" --markers)
  kernel=$(awk '/ macs / { print $1; exit }' "$work/said")
  macs=$(awk '/ macs / { print $3; exit }' "$work/said")
  ratio=$(awk "BEGIN { printf \"%.4f\", $total / $macs }")
  if [ -n "$(model_of "$cpu")" ]; then cycle=$(millions "$(cycles "$(model_of "$cpu")")"); fi
  local reached=no
  if awk "BEGIN { exit !($ratio <= $goal + 0.00005) }"; then reached=yes; fi
  echo "| $name | $cpu | $ratio | $goal | $reached | $peer | $cycle | \`$kernel\` |"
  echo "$name $cpu $ratio" >&2
}

kernel_table() {
  echo "| case | processor | instructions per MAC | goal | reached | best peer | modelled cycles, M | kernel |"
  echo "|---|---|---|---|---|---|---|---|"
  local cpus=(cortex-a53 cortex-a72 cortex-a76 max) i
  # case; peers; goals, in the order of the processors
  while IFS=';' read -r name peers goals; do
    read -ra peer <<< "$peers"
    read -ra goal <<< "$goals"
    for i in 0 1 2 3; do kernel_row "$name" "${cpus[i]}" "$name" s8 8 "${peer[i]}" "${goal[i]}"; done
  done << 'CASES'
pw56;.444 .458 .175 .172;.32 .32 .14 .12
pw14;.295 .301 .101 .076;.24 .24 .088 .062
pw7;.261 .274 .0895 .0597;.22 .22 .080 .050
dw14;.685 .685 .685 .685;.40 .40 .35 .35
c3x3;.141 .289 .095 .069;.14 .14 .080 .055
stem;.507 1.211 .308 .391;.34 .34 .18 .16
fc;.420 .309 .136 .117;.25 .25 .10 .10
CASES
}

narrow_table() {
  echo "| case | processor | instructions per MAC | goal | reached | best peer | modelled cycles, M | kernel |"
  echo "|---|---|---|---|---|---|---|---|"
  kernel_row "4-bit weights, pw14" cortex-a53 pw14 s4 8 .482 .20
  kernel_row "4-bit weights, 128x512x512" cortex-a53 128x512x512 s4 8 .482 .20
  kernel_row "4-bit weights, fc" cortex-a76 fc s4 8 .188 .10
  kernel_row "4-bit weights, fc" max fc s4 8 .167 .10
  kernel_row "4-bit weights and activations, pw14" cortex-a53 pw14 s4 4 none .16
  kernel_row "2-bit weights, 4-bit activations, pw14" cortex-a53 pw14 s2 4 none .14
}

# CPU PEER-INSTRUCTIONS GOAL PEER-CYCLES CYCLE-GOAL
network_row() {
  local total cycle
  total=$(count "$1" "$arm/bulwark_bench" bench "$work/mnv2.bwk" --markers)
  cycle=$(cycles "$(model_of "$1")")
  echo "| $1 | $(millions "$total") | $2 | $3 | $(millions "$cycle") | $4 | $5 |"
}

network() {
  "$host/bulwark" convert "$models/mnv2_int8.onnx" -o "$work/mnv2.bwk" > /dev/null 2>&1
  echo "| processor | instructions, M | best peer | goal | modelled cycles, M | best peer | goal |"
  echo "|---|---|---|---|---|---|---|"
  network_row cortex-a53 129.3 85 169.5 110
  network_row cortex-a72 113.7 85 59.0 44
  network_row cortex-a76 49.2 38 22.8 17
  echo
  local with without plain fused packed packed_without
  with=$(count cortex-a53 "$arm/bulwark_bench" bench "$work/mnv2.bwk" --load-markers)
  without=$(count cortex-a53 "$arm/bulwark_bench" bench "$work/mnv2.bwk" --load-markers --skip-hash)
  "$host/bulwark" convert "$models/mnv2_int8.onnx" -o "$work/mnv2-packed.bwk" --pack neon > /dev/null 2>&1
  packed=$(count cortex-a53 "$arm/bulwark_bench" bench "$work/mnv2-packed.bwk" --load-markers)
  packed_without=$(count cortex-a53 "$arm/bulwark_bench" bench "$work/mnv2-packed.bwk" --load-markers --skip-hash)
  count cortex-a53 "$arm/bulwark_bench" bench "$work/mnv2.bwk" --load-markers --skip-hash > /dev/null
  # memory    arena 502784, packed weights 3720640, session 700096 bytes
  fused=$(awk '$1 == "memory" { gsub(",", ""); print $3, $6, $8 }' "$work/said")
  count cortex-a53 "$arm/bulwark_bench" bench "$work/mnv2.bwk" --load-markers --no-fusion > /dev/null
  plain=$(awk '$1 == "memory" { gsub(",", ""); print $3, $6, $8 }' "$work/said")
  read -ra fused <<< "$fused"
  read -ra plain <<< "$plain"
  echo "| MobileNetV2, Cortex-A53 | figure | peer | goal |"
  echo "|---|---|---|---|"
  echo "| load, verify, plan, pack, session: M instructions | $(millions "$with") | 162 (LiteRT, load and prepare) | 25 |"
  echo "| the same without the SHA-256 of the content (\`--skip-hash\`) | $(millions "$without") | | |"
  echo "| load with the weights packed in the file (\`--pack neon\`), with and without the SHA-256 | $(millions "$packed"), $(millions "$packed_without") | | 3 without |"
  echo "| arena, bytes, layer by layer (\`--no-fusion\`) | ${plain[0]} | about 1.5 MB | 1.55 MB |"
  echo "| arena, bytes, fused | ${fused[0]} | | 0.8 MB |"
  echo "| whole session, bytes: arena, rows of fused chains, tables | ${fused[2]} | | |"
  echo "| packed weights, bytes | ${fused[1]} | packed a second time | once |"
  echo "| file, bytes | $(stat -c %s "$work/mnv2.bwk") | $(stat -c %s "$models/mnv2_int8.onnx") (ONNX) | |"
}

versus_onnxruntime() {
  if [ -z "$peer_python" ]; then
    echo "Not measured: no Python with onnxruntime was given (\`--peer-python\`)."
    return
  fi
  echo "| path | Bulwark, ms | ONNX Runtime, ms | ratio, median (quartiles) | goal |"
  echo "|---|---|---|---|---|"
  local path line
  for path in avx2 vnni; do
    line=$("$peer_python" "$root/bench/peers/onnxruntime_pairs.py" "$host/bulwark_bench" "$work/mnv2.bwk" "$models/mnv2_int8.onnx" \
      --path $path 2> /dev/null) || continue
    read -ra f <<< "$line"
    local goal=1.3
    if [ $path = vnni ]; then goal=1.0; fi
    echo "| $path | ${f[0]} | ${f[1]} (version ${f[5]}) | ${f[2]} (${f[3]} to ${f[4]}) | $goal |"
  done
  echo
  echo "Processor: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1). ONNX Runtime chooses its own instructions: AVX-512 and VNNI"
  echo "where the processor has them, whatever path Bulwark is held to."
}

{
  cat << TEXT
# Results

Made by \`bench/results.sh\`; not edited by hand. Source revision $(git -C "$root" rev-parse --short HEAD 2> /dev/null || echo unknown).

- Compiler: $(aarch64-linux-gnu-g++ --version | head -1); emulator: $(qemu-aarch64 --version | head -1); model of cycles: $(llvm-mca-19 --version 2> /dev/null | sed -n 's/.*LLVM version/LLVM/p' || echo none).
- **Instructions** are those a core executes between two markers around exactly one warm call (kernels: \`bulwark_kernel_bench --markers\`;
  networks: \`bulwark_bench bench --markers\`), counted by an emulator plugin; they repeat to the instruction. One thread.
- **Modelled cycles** are block counts times llvm-mca's steady state on the scheduling model of the core (Neoverse N1 for Cortex-A76);
  no cache misses, perfect branches. They are no times.
- **Best peer** is the least of XNNPACK, ONNX Runtime, ncnn, LiteRT and KleidiAI on the same layer, counted the same way.
- \`max\` is the emulator's processor with every extension: the i8mm path.

## Kernels, 8-bit weights and activations

TEXT
  kernel_table
  printf '\n## Fewer bits\n\n'
  narrow_table
  printf '\n## MobileNetV2 1.0 224, 8 bits, 300.8 M multiply-accumulates\n\n'
  network
  printf '\n## This machine against ONNX Runtime: MobileNetV2, one thread\n\n'
  versus_onnxruntime
} > "$work/RESULTS.md"
cp "$work/RESULTS.md" "$output"
echo "$output"
