// SPDX-License-Identifier: Apache-2.0
// NumPy .npy files (format 1.0, 2.0, 3.0), little-endian, C order.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "converter/io/file.h"

namespace bulwark::converter::io {

enum class NpyType { f32, f64, u8, s8, s16, s32, s64, boolean };
const char* name(NpyType type);        ///< NumPy's own: "float32"
const char* descriptor(NpyType type);  ///< as in a header: "<f4"
std::size_t element_size(NpyType type);

struct Npy {
  NpyType type = NpyType::f32;
  std::vector<std::int64_t> shape;
  std::vector<std::uint8_t> bytes;  ///< elements in C order

  std::int64_t elements() const;
  std::vector<float> as_floats() const;
  /// Floats that are not whole numbers of the type are truncated to 0 or towards it, as C does; out of range
  /// gives 0.
  std::vector<std::int64_t> as_ints() const;
};

/// Throws Error: io when the file can not be read, bad_input when it is not such a file (header, size,
/// order), naming the byte.
Npy read_npy(const std::string& path);
/// The same from memory; `path` is for messages.
Npy parse_npy(std::vector<std::uint8_t> bytes, const std::string& path);

/// Format 1.0, data at a multiple of 64 bytes.
std::vector<std::uint8_t> format_npy(const Npy& array);
/// Written to a temporary file and renamed. Throws Error.
void write_npy(const std::string& path, const Npy& array);

/// "[200, 1, 28, 28]"
std::string shape_text(std::span<const std::int64_t> shape);

}  // namespace bulwark::converter::io
