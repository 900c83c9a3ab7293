#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Unpacks the ARM builds of XNNPACK, pthreadpool, cpuinfo and Google Benchmark into a folder, so that cross builds can use
# them. Installs nothing: apt's lists and cache are kept in that folder as well, and no rights are needed.
#
#   toolchains/fetch-sysroot.sh arm64|armhf [FOLDER]      default FOLDER: build/sysroot/<architecture>
set -euo pipefail

architecture=${1:-}
case "$architecture" in
  arm64|armhf) ;;
  *) echo "usage: fetch-sysroot.sh arm64|armhf [FOLDER]" >&2; exit 2 ;;
esac
source_dir=$(cd "$(dirname "$0")/.." && pwd)
folder=${2:-$source_dir/build/sysroot/$architecture}
packages=(libxnnpack-dev libxnnpack0 libpthreadpool-dev libpthreadpool0 libcpuinfo-dev libcpuinfo0
          libbenchmark-dev libbenchmark1debian)

if [ -e "$folder/complete" ]; then
  echo "fetch-sysroot.sh: $folder is complete"
  exit 0
fi
mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
folder=$(cd "$folder" && pwd)
apt_options=(-q -o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture"
             -o "Dir::State::Lists=$folder/apt/lists" -o "Dir::Cache=$folder/apt/cache")
# apt's own download user can not enter private folders.
[ "$(id -u)" -ne 0 ] || apt_options+=(-o APT::Sandbox::User=root)
apt-get "${apt_options[@]}" update
(cd "$folder/apt" && apt-get "${apt_options[@]}" download "${packages[@]}")
for package in "$folder"/apt/*.deb; do
  dpkg-deb -x "$package" "$folder"
done
rm -rf "$folder/apt"
touch "$folder/complete"
echo "fetch-sysroot.sh: $folder: ${packages[*]}"
