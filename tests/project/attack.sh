#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The attacks with gradients and the report: the twin answers as the runtime does, attacks stay in their box and find what they should, masked
# gradients and broken certificates are told. Exit code 77 (skipped) where PyTorch, onnx or Fashion-MNIST are missing.
#   attack.sh BULWARK LIBRARY FOLDER
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
bulwark=$(realpath "$1")
BULWARK_LIBRARY=$(realpath "$2")
export BULWARK_LIBRARY
folder=$3

for python in python3 /usr/bin/python3; do
  "$python" -c 'import numpy, onnx, torch' 2> /dev/null && break
  python=
done
if [ -z "$python" ] || [ ! -d /usr/share/datasets/fashion-mnist ]; then
  echo "skipped: needs PyTorch, onnx and Fashion-MNIST (examples/training/setup.sh)"
  exit 77
fi
rm -rf "$folder"
mkdir -p "$folder"
OMP_NUM_THREADS=1 exec "$python" "$root/tests/project/attack_check.py" "$bulwark" "$folder"
