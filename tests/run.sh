#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The test suite: sets the machine up, builds, and runs everything.
#
#   tests/run.sh            host, sanitizers, emulated ARM cores, install, quickstart (about half an hour on two cores)
#   tests/run.sh --quick    host only (minutes)
#   tests/run.sh --no-install   as above, with the packages already there
#
# Ends with the closing lines of the last ctest run; the exit code is 0 when every part passed.
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 1

quick=no
install=yes
for argument in "$@"; do
  case "$argument" in
    --quick) quick=yes ;;
    --no-install) install=no ;;
    -h|--help) sed -n '3,9p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
    *) echo "tests/run.sh: unknown option '$argument' (--quick, --no-install)" >&2; exit 2 ;;
  esac
done

if [ "$install" = yes ]; then
  toolchains/install-deps.sh || exit 1
fi

failed=()
part() {  # NAME COMMAND...
  local name=$1 start=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  if "$@"; then
    printf -- '-- %s: passed, %d s\n' "$name" $((SECONDS - start))
  else
    printf -- '-- %s: FAILED, %d s\n' "$name" $((SECONDS - start))
    failed+=("$name")
  fi
}

build() {  # PRESET [TARGET...]
  local preset=$1
  shift
  mkdir -p "build/$preset"
  if ! cmake --preset "$preset" > "build/$preset/configure.log" 2>&1; then
    cat "build/$preset/configure.log"
    return 1
  fi
  grep -E 'left out|XNNPACK' "build/$preset/configure.log" || true
  cmake --build --preset "$preset" ${@:+--target "$@"} > "build/$preset/build.log" 2>&1 || {
    grep -E -A12 'error|FAILED' "build/$preset/build.log" | head -80
    return 1
  }
}

build_and_test() {  # PRESET
  build "$1" && ctest --preset "$1" -j2
}

# What runs on a device, and all that reads a model file.
asan_core() {
  build asan test_kernels test_schema test_runtime test_bench fuzz_structure fuzz_load_run &&
    ctest --preset asan -R '^(kernels|schema|runtime|bench|fuzz\..*)$' -j2
}

# What reads files of other tools: damaged, cut off and hostile ones among them.
asan_importers() {
  build asan test_importers && ctest --preset asan -R '^importers$'
}

tsan_runtime() {
  build tsan test_runtime && ctest --preset tsan -R '^runtime$'
}

if [ "$quick" = yes ]; then
  part "release: build and test" build_and_test release
else
  # ARM binaries first: the host's tests compare against them.
  part "aarch64: build" build aarch64
  part "armv7: build" build armv7
  part "asan: build and test kernels, schema, runtime and bench" asan_core
  part "asan: build and test the importers" asan_importers
  part "tsan: build and test the runtime" tsan_runtime
  part "armv7: test" ctest --preset armv7 -j2
  part "aarch64: test" ctest --preset aarch64 -j2
  part "release: build and test" build_and_test release
fi

if [ ${#failed[@]} -gt 0 ]; then
  printf '\ntests/run.sh: FAILED: %s\n' "${failed[*]}"
  exit 1
fi
exit 0
