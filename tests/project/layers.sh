#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Layers point one way. Fails on any include that breaks the rule, naming file and line.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
bad=0

# FOLDER ALLOWED-PREFIXES: quoted includes of a folder's sources must begin with one of them.
check() {
  local folder=$1 allowed=$2 lines
  lines=$(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$folder" --include=*.h --include=*.hpp --include=*.cpp --include=*.inc --include=*.c |
    grep -vE "#[[:space:]]*include[[:space:]]*\"($allowed)")
  if [ -n "$lines" ]; then
    printf '%s may include only %s:\n%s\n' "$folder" "$allowed" "$lines"
    bad=1
  fi
}
check kernels 'kernels/'
check schema 'schema/|generated/|flatbuffers/'
check runtime 'bulwark/|runtime/|schema/(model_view|verifier|limits|checked)\.h|kernels/'
check converter 'bulwark/|converter/|schema/|generated/|kernels/common/(weights|types)\.h'

# Generated FlatBuffers code and FlatBuffers itself: schema, the converter's writer and its TFLite importer alone (and tests).
lines=$(grep -rnE '#include.*(_generated\.h|flatbuffers/)' kernels runtime converter bench examples --include=*.h --include=*.hpp --include=*.cpp |
  grep -vE '^converter/(write/|import/tflite/wire\.h)')
if [ -n "$lines" ]; then
  printf 'FlatBuffers code is for schema/, converter/write/ and converter/import/tflite/wire.h:\n%s\n' "$lines"
  bad=1
fi

lines=$(grep -rnE '#include.*xnnpack\.h' . --include=*.h --include=*.cpp --exclude-dir=build | grep -vE '^\./kernels/xnnpack/')
if [ -n "$lines" ]; then
  printf 'only kernels/xnnpack includes xnnpack.h:\n%s\n' "$lines"
  bad=1
fi

# The runtime libraries neither print, abort nor throw.
lines=$(grep -rnE '\b(printf|puts|fputs|fprintf|abort|exit|assert)\(|std::(cout|cerr|clog|terminate)|\bthrow\b' kernels schema runtime --include=*.h --include=*.hpp --include=*.cpp |
  grep -vE 'vsnprintf|snprintf|static_assert|^[^:]*:[0-9]+:[[:space:]]*(//|\*)|//.*(throw|abort|assert)')
if [ -n "$lines" ]; then
  printf 'kernels, schema and runtime must not print, abort or throw:\n%s\n' "$lines"
  bad=1
fi

[ "$bad" -eq 0 ] && echo "layers: every include points the right way"
exit $bad
