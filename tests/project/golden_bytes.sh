#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every TFLite model of the corpus, and the shared ones, on every path and emulated processor: the bytes of the host's reference path.
#   golden_bytes.sh BUILD-ROOT WORK-FOLDER
# BUILD-ROOT holds release/, aarch64/ and armv7/; processors whose binary is not built are listed as left out.
set -uo pipefail
build=$1
work=$2
rm -rf "$work"
mkdir -p "$work"
if ! BULWARK_GOLDEN_MODELS=$work "$build/release/bin/test_converter" "[.golden-models]" > "$work/write.log" 2>&1; then
  cat "$work/write.log"
  exit 1
fi
failed=0
compared=0
check() {  # NAME COMMAND...
  local name=$1 model
  shift
  for model in "$work"/*.bwk; do
    if "$@" golden "$model" > "$work/golden.log" 2>&1; then
      compared=$((compared + 1))
    else
      echo "$name: $(basename "$model"): $(tail -1 "$work/golden.log")"
      failed=1
    fi
  done
}
arm64=$build/aarch64/bin/bulwark_bench
arm32=$build/armv7/bin/bulwark_bench
for model in "$work"/*.bwk; do
  "$build/release/bin/bulwark" inspect "$model" > "$work/inspect.log" 2>&1 || { echo "inspect: $(basename "$model"): $(tail -1 "$work/inspect.log")"; failed=1; }
done
check host "$build/release/bin/bulwark_bench"
if [ -x "$arm64" ]; then
  check cortex-a53 qemu-aarch64 -cpu cortex-a53 "$arm64"
  check cortex-a76 qemu-aarch64 -cpu cortex-a76 "$arm64"
  check max qemu-aarch64 -cpu max "$arm64"
else
  echo "aarch64 left out, not built"
fi
if [ -x "$arm32" ]; then
  check armv7 qemu-arm -cpu cortex-a7 "$arm32"
else
  echo "armv7 left out, not built"
fi
echo "$(ls "$work"/*.bwk | wc -l) models, $compared runs with the bytes of the reference path"
[ "$compared" -gt 0 ] || failed=1
exit $failed
