#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what building, running and testing Bulwark needs, from Debian's (or Ubuntu's) own packages.
#
#   toolchains/install-deps.sh             everything the two README commands need
#   toolchains/install-deps.sh --runtime   a compiler, CMake and flatc: enough for -DBULWARK_RUNTIME_ONLY=ON
#   toolchains/install-deps.sh --ssh-server   openssh-server too, for the test of bench/run-ssh.sh: an option because Debian starts it at once
#   toolchains/install-deps.sh --check     installs nothing; lists what is missing, exit code 1 if anything is
#
# Does nothing, and needs no rights, when all packages are there. Libraries of the ARM architectures go into
# build/sysroot (fetch-sysroot.sh), because -dev packages of two architectures conflict when installed.
set -euo pipefail

runtime=(g++ cmake ninja-build flatbuffers-compiler libflatbuffers-dev)
everything=("${runtime[@]}"
  g++-aarch64-linux-gnu g++-arm-linux-gnueabihf qemu-user            # ARM: compilers and emulator
  libprotobuf-dev protobuf-compiler libonnx-dev                      # converter: ONNX
  libeigen3-dev libcli11-dev libfmt-dev nlohmann-json3-dev           # converter: algebra, command line, reports
  libxnnpack-dev libpthreadpool-dev libcpuinfo-dev                   # optional: float layers through XNNPACK
  catch2 libbenchmark-dev                                            # tests and micro-benchmarks
  openssh-client                                                     # bench/run-ssh.sh
  pkg-config)                                                        # test of the installed package

mode=install
packages=("${everything[@]}")
for argument in "$@"; do
  case "$argument" in
    --runtime) packages=("${runtime[@]}") ;;
    --ssh-server) packages+=(openssh-server) ;;
    --check) mode=check ;;
    -h|--help) sed -n '3,11p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
    *) echo "install-deps.sh: unknown option '$argument' (--runtime, --ssh-server, --check)" >&2; exit 2 ;;
  esac
done

if ! command -v dpkg-query >/dev/null; then
  echo "install-deps.sh: this script knows Debian and Ubuntu only; install the equivalents of: ${packages[*]}" >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done

if [ ${#missing[@]} -eq 0 ]; then
  echo "install-deps.sh: all ${#packages[@]} packages are installed"
  exit 0
fi
if [ "$mode" = check ]; then
  printf 'install-deps.sh: missing: %s\n' "${missing[*]}" >&2
  exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "install-deps.sh: needs root (or sudo) to install: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "install-deps.sh: installing ${missing[*]}"
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
