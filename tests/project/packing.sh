#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Weights packed ahead of time: this machine packs for every ARM processor the bytes that the processor packs itself, which then
# uses them where they lie in the file and gives the same answer.
#   packing.sh BUILD-ROOT WORK-FOLDER
# Ends with 77 where neither ARM binary is built.
set -uo pipefail
build=$1
work=$2
root=$(cd "$(dirname "$0")/../.." && pwd)
host=$build/release/bin/bulwark
arm64=$build/aarch64/bin/bulwark_bench
arm32=$build/armv7/bin/bulwark_bench
input=$root/examples/quickstart/fashion-mnist-200-images.npy
failed=0
checked=0
rm -rf "$work"
mkdir -p "$work"

complain() {
  echo "$*"
  failed=1
}

# SOURCE TARGET DEVICE...: a device is an emulator, its options and the device's own binary.
check() {
  local source=$1 target=$2 name
  shift 2
  name=$(basename "$source" .onnx)-$target
  if ! "$host" convert "$source" -o "$work/host.bwk" --pack "$target" > "$work/log" 2>&1 ||
    ! "$@" pack "$work/plain.bwk" --output "$work/device.bwk" >> "$work/log" 2>&1; then
    complain "$name: $(tail -1 "$work/log")"
    return
  fi
  cmp "$work/host.bwk" "$work/device.bwk" || complain "$name: this machine packs otherwise than the device"
  if ! "$@" run "$work/host.bwk" --input "$input" --output-dir "$work/$name" > "$work/log" 2>&1 ||
    ! "$@" bench "$work/host.bwk" --load-markers >> "$work/log" 2>&1; then
    complain "$name: $(tail -1 "$work/log")"
    return
  fi
  cmp "$work/plain/output0.bin" "$work/$name/output0.bin" || complain "$name: other outputs"
  grep -q 'packed weights 0,' "$work/log" || complain "$name: weights are packed at load: $(grep memory "$work/log")"
  grep -q 'mapped  *[1-9]' "$work/log" || complain "$name: nothing is used in the file: $(grep mapped "$work/log")"
  checked=$((checked + 1))
}

for source in "$root"/examples/quickstart/fmnist-interval-w4a4.onnx "$root"/examples/models/fmnist-plain-w{2a2,8a8}.onnx; do
  "$host" convert "$source" -o "$work/plain.bwk" > "$work/log" 2>&1 || complain "$(tail -1 "$work/log")"
  BULWARK_PATH=reference "$host" run "$work/plain.bwk" --input "$input" --output-dir "$work/plain" > "$work/log" 2>&1 ||
    complain "$(tail -1 "$work/log")"
  if [ -x "$arm64" ]; then
    check "$source" neon qemu-aarch64 -cpu cortex-a53 "$arm64"
    check "$source" neon qemu-aarch64 -cpu cortex-a72 "$arm64"
    check "$source" dotprod qemu-aarch64 -cpu cortex-a76 "$arm64"
    check "$source" i8mm qemu-aarch64 -cpu max "$arm64"
  fi
  if [ -x "$arm32" ]; then check "$source" armv7 qemu-arm -cpu cortex-a7 "$arm32"; fi
done
echo "$checked files packed here and on the device compared"
if [ "$checked$failed" = 00 ]; then exit 77; fi
exit $failed
