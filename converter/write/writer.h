// SPDX-License-Identifier: Apache-2.0
// ModelSpec -> .bwk.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "converter/write/model_spec.h"

namespace bulwark::converter::write {

/// Serializes a model, content hash included; the same spec gives the same bytes. The result starts at a
/// 16-byte aligned address when copied to one; weight data is 64-byte aligned inside. Throws Error
/// (bad_input) when the spec can not be represented.
std::vector<std::uint8_t> serialize(const ModelSpec& spec);

/// Verify what serialize() made, and perhaps append_packed() after it, write it to a temporary file beside
/// `path`, fsync, rename into place. On any failure `path` is as it was and the temporary file is gone.
/// Throws Error.
void write_model(const std::vector<std::uint8_t>& bytes, const std::string& path);
/// serialize, then write_model.
void write_file(const ModelSpec& spec, const std::string& path);

/// The atomic part of write_model, for any bytes.
void write_bytes_atomically(const std::vector<std::uint8_t>& bytes, const std::string& path);

}  // namespace bulwark::converter::write
