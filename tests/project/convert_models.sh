#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Converts the models that other tests run: the quickstart's and, where present, the shared defensive ones.
#   convert_models.sh BULWARK OUTPUT-FOLDER [SHARED-FOLDER]
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
bulwark=$1
out=$2
shared=${3:-}
mkdir -p "$out"
"$bulwark" convert "$root/examples/quickstart/fmnist-interval-w4a4.onnx" -o "$out/quickstart.bwk"
if [ -d "$shared/models/defensive" ]; then
  for source in "$shared"/models/defensive/*.onnx; do
    "$bulwark" convert "$source" -o "$out/$(basename "$source" .onnx).bwk"
  done
else
  echo "the shared models are not here: only the quickstart's is converted"
fi
