// SPDX-License-Identifier: Apache-2.0
// Whole files in and out.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bulwark::converter::io {

/// The bytes of a regular file. Throws Error (io): missing, a folder, a device, unreadable.
std::vector<std::uint8_t> read_file(const std::string& path);

/// Writes a temporary file in the folder of `path`, syncs it and renames it into place, so that `path` holds
/// either what it held before or all of `bytes`, whenever the program or the machine stops. On failure the
/// temporary file is removed. A symbolic link is followed; an existing `path` that is not a regular file is
/// refused. Throws Error (io).
void write_atomically(std::span<const std::uint8_t> bytes, const std::string& path);

/// Makes a folder and its parents where they do not exist. Throws Error (io).
void make_folder(const std::string& path);

}  // namespace bulwark::converter::io
