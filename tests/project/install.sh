#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An installed Bulwark works for a stranger: the runtime alone builds and installs, find_package, pkg-config and a
# subproject all build the README's first program, and it runs on a model.
#   install.sh BUILD-FOLDER MODEL.bwk
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mkdir -p "$1" && cd "$1" && pwd)/install-test
model=$2
rm -rf "$work"
mkdir -p "$work"

# The first program is the first C++ block of the README.
awk '/^```cpp/ && !done {inside = 1; next} /^```/ && inside {inside = 0; done = 1} inside' "$root/README.md" > "$work/first.cpp"
lines=$(wc -l < "$work/first.cpp")
if [ "$lines" -lt 5 ] || [ "$lines" -ge 30 ]; then
  echo "the first C++ program of README.md has $lines lines, must be 5..29"
  exit 1
fi

quietly() { "$@" > "$work/log" 2>&1 || { cat "$work/log"; echo "FAILED: $*"; exit 1; }; }
quietly cmake -S "$root" -B "$work/runtime" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBULWARK_RUNTIME_ONLY=ON
quietly cmake --build "$work/runtime"
quietly cmake --install "$work/runtime" --prefix "$work/prefix"

consumer=$root/tests/project/consumer
quietly cmake -S "$consumer" -B "$work/find_package" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" -DFIRST_PROGRAM="$work/first.cpp"
quietly cmake --build "$work/find_package"
quietly cmake -S "$consumer" -B "$work/subproject" -G Ninja -DBULWARK_SOURCE="$root" -DFIRST_PROGRAM="$work/first.cpp"
quietly cmake --build "$work/subproject"

pc=$(dirname "$(find "$work/prefix" -name bulwark.pc)")
flags=$(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs --static bulwark)
# shellcheck disable=SC2086
quietly g++ -std=c++20 "$work/first.cpp" $flags -o "$work/first_pkg_config"

for program in "$work/find_package/first" "$work/subproject/first" "$work/first_pkg_config"; do
  echo "== ${program#"$work"/}"
  "$program" "$model"
done
"$work/find_package/c_program" "$model"
if "$work/find_package/c_program" "$root/README.md"; then
  echo "a text file was accepted as a model"
  exit 1
fi
