#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the tree promises: the fixed top level, a licence line in every source, and kernel files whose name is
#   <op>_<activation>_<weight or output>_<tile>_<isa>[_<core>].cpp
# with a function of that name and exactly one registry line. x8 is s8 or u8.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
bad=0
complain() { printf '%s\n' "$*"; bad=1; }

for entry in *; do
  case "$entry" in
    CMakeLists.txt|CMakePresets.json|README.md|LICENSE|CHANGELOG.md|CONTRIBUTING.md|build) ;;
    runtime|kernels|schema|converter|bench|tests|toolchains|examples) ;;
    *) complain "top level: '$entry' has no place there" ;;
  esac
done

while IFS= read -r file; do
  head -3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || complain "$file: no SPDX line"
done < <(find kernels schema runtime converter bench tests toolchains examples -type f \
           \( -name '*.h' -o -name '*.hpp' -o -name '*.cpp' -o -name '*.c' -o -name '*.sh' -o -name '*.cmake' -o -name 'CMakeLists.txt' \
              -o -name '*.fbs' -o -name '*.inc' \))

grammar='^[a-z]+(_[a-z]+)*_(s16|s8|s4|u8|x8|f32|any)_(s16|s8|s4|s3|s2|u8|x8|f32|any)_[0-9]+x[0-9]+_(reference|neon|dotprod|i8mm|avx2|vnni)(_(inorder|outoforder))?$'
while IFS= read -r file; do
  name=$(basename "$file" .cpp)
  [[ "$name" =~ $grammar ]] || complain "$file: the name does not follow the kernel grammar"
  grep -qE "\b$name\b" "$file" || complain "$file: does not define $name"
  lines=$(grep -rhoE "\(\s*$name\b" kernels --include=*.inc | wc -l)
  [ "$lines" -eq 1 ] || complain "$file: $lines registry lines, must be 1"
done < <(find kernels -regextype posix-extended -regex '.*_(reference|neon|dotprod|i8mm|avx2|vnni)(_[a-z]+)?\.cpp' -not -path 'kernels/common/*')

[ "$bad" -eq 0 ] && echo "tree: as promised"
exit $bad
