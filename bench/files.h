// SPDX-License-Identifier: Apache-2.0
// Whole files in and out. Throws Failure (io) that names the file.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bulwark::bench {

using Bytes = std::vector<std::uint8_t>;

Bytes read_file(const std::string& path);
void write_file(const std::string& path, std::span<const std::uint8_t> bytes);
/// To a file beside it, then in its place: whoever reads finds the old bytes or the new ones, never a part.
void write_file_atomically(const std::string& path, std::span<const std::uint8_t> bytes);
std::uint64_t file_bytes(const std::string& path);  ///< 0 where there is none
bool file_exists(const std::string& path);
/// Makes a folder and those above it; one that is there already is fine.
void make_folder(const std::string& path);

}  // namespace bulwark::bench
