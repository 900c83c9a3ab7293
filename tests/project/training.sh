#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The training examples: every recipe trains for a few steps, resumes, and gives the labels in Bulwark that it gave in PyTorch; a plan of
# `bulwark search` is trained and runs. Exit code 77 (skipped) where PyTorch, onnx or Fashion-MNIST are missing.
#   training.sh BULWARK FOLDER
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
bulwark=$1
folder=$2

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
OMP_NUM_THREADS=1 exec "$python" "$root/tests/project/training_check.py" "$(realpath "$bulwark")" "$folder"
