#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh checkout to a verified 4-bit model that gives the same bytes on this machine and on four emulated ARM
# cores. Installs what it needs, builds, converts, inspects, evaluates, compares. Everything it makes lies under build/.
#
#   examples/quickstart/run.sh [--no-install]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$root"

install=yes
for argument in "$@"; do
  case "$argument" in
    --no-install) install=no ;;
    *) echo "run.sh: unknown option '$argument' (--no-install)" >&2; exit 2 ;;
  esac
done

step() { printf '\n== %s\n' "$*"; }

source_model=examples/quickstart/fmnist-interval-w4a4.onnx
images=examples/quickstart/fashion-mnist-200-images.npy
labels=examples/quickstart/fashion-mnist-200-labels.npy
out=build/quickstart
model=$out/fmnist-interval-w4a4.bwk

if [ "$install" = yes ]; then
  step "1. Dependencies"
  toolchains/install-deps.sh
fi

step "2. Build for this machine and for 64-bit ARM"
for preset in release aarch64; do
  targets=(bulwark_bench)
  [ "$preset" = aarch64 ] || targets+=(bulwark_cli)
  mkdir -p "build/$preset"
  cmake --preset "$preset" > "build/$preset/configure.log" || { cat "build/$preset/configure.log"; exit 1; }
  cmake --build --preset "$preset" --target "${targets[@]}"
done
bulwark=build/release/bin/bulwark
host_bench=build/release/bin/bulwark_bench
arm_bench=build/aarch64/bin/bulwark_bench

step "3. Convert: ONNX with 4-bit weights and activations -> verified .bwk"
rm -rf "$out"
mkdir -p "$out"
"$bulwark" convert "$source_model" -o "$model"

step "4. Inspect"
"$bulwark" inspect "$model" --html "$out/model.html"
echo "A drawing of the network: $out/model.html"

step "5. Evaluate on 200 pictures, on this machine"
"$bulwark" eval "$model" --data "$images" --labels "$labels"
echo "Against the float meaning of the ONNX file:"
"$bulwark" diff "$model" "$source_model" --input "$images"

step "6. The same 200 pictures on emulated ARM cores: are the bytes the same?"
run_and_compare() {  # NAME COMMAND...
  local name=$1
  shift
  "$@" run "$model" --input "$images" --output-dir "$out/$name" > "$out/$name.log"
  if cmp "$out/host-reference/output0.bin" "$out/$name/output0.bin"; then
    printf '  %-28s same bytes\n' "$name"
  else
    printf '  %-28s DIFFERENT\n' "$name"
    return 1
  fi
}
BULWARK_PATH=reference "$host_bench" run "$model" --input "$images" --output-dir "$out/host-reference" \
  > "$out/host-reference.log"
printf '  %-28s %s\n' host-reference "$(sha256sum < "$out/host-reference/output0.bin" | cut -c1-16)..."
run_and_compare host-best "$host_bench"
for cpu in cortex-a53 cortex-a72 cortex-a76 max; do
  run_and_compare "$cpu" qemu-aarch64 -cpu "$cpu" "$arm_bench"
done


step "7. Size"
float_bytes=$("$bulwark" inspect "$model" --json | sed -n 's/.*"float_bytes": *\([0-9]*\).*/\1/p' | head -1)
bwk_bytes=$(stat -c %s "$model")
echo "  parameters as 32-bit floats   $float_bytes bytes"
echo "  $(basename "$model")      $bwk_bytes bytes, everything included"
echo "  ratio                         $(awk "BEGIN { printf \"%.1f\", $float_bytes / $bwk_bytes }")x smaller"
echo "  static aarch64 bulwark_bench  $(stat -c %s "$arm_bench") bytes"

printf '\nDone. Every output byte agreed.\n'
