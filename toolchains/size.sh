#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints the size of the runtime in the smallest useful program: static, stripped, aarch64 Linux, loading a model and running it.
#   toolchains/size.sh [BUILD-FOLDER]     default: build/aarch64, whose lib/libbulwark.a must be built
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$root/build/aarch64}
library=$build/lib/libbulwark.a
compiler=${CXX:-aarch64-linux-gnu-g++}
tools=${compiler%g++}
if [ ! -f "$library" ]; then
  echo "size.sh: $library is not there: cmake --preset aarch64 && cmake --build --preset aarch64 --target bulwark" >&2
  exit 4
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/program.c" <<'PROGRAM'
#include "bulwark/bulwark.h"
int main(int argc, char** argv) {
  bw_model* model = 0;
  bw_plan* plan = 0;
  bw_session* session = 0;
  if (argc != 2 || bw_model_load_file(argv[1], 0, &model) != BW_STATUS_OK) return 1;
  if (bw_plan_create(model, 0, &plan) != BW_STATUS_OK) return 1;
  if (bw_session_create(plan, 0, &session) != BW_STATUS_OK) return 1;
  return bw_session_run(session) != BW_STATUS_OK;
}
PROGRAM
echo 'int main(void) { return 0; }' > "$work/empty.c"

"$compiler" -O2 -x c -I"$root/runtime/include" -c "$work/program.c" -o "$work/program.o"
"$compiler" -O2 -x c -c "$work/empty.c" -o "$work/empty.o"
"$compiler" -static -s -Wl,--gc-sections,-Map,"$work/map" "$work/program.o" "$library" -pthread -o "$work/program"
"$compiler" -static -s -Wl,--gc-sections "$work/empty.o" -o "$work/empty"

# The members of the library that the program pulls in, and their code and data.
sed -n 's/^[^ ].*libbulwark\.a(\(.*\))$/\1/p' "$work/map" | sort -u > "$work/members"
runtime=$("${tools}size" "$library" | awk -v members="$work/members" '
  BEGIN { while ((getline name < members) > 0) linked[name] = 1 }
  NR > 1 && $6 in linked { sum += $1 + $2 }
  END { print sum }')

program=$(stat -c %s "$work/program")
empty=$(stat -c %s "$work/empty")
echo "runtime, code and data of $(wc -l < "$work/members") linked members: $runtime bytes"
echo "static stripped program: $program bytes; an empty one: $empty bytes; difference: $((program - empty)) bytes"
