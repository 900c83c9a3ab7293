// SPDX-License-Identifier: Apache-2.0
// NumPy .npy files (format 1.0, 2.0, 3.0), little-endian, C order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bulwark::converter::io {

enum class NpyType { f32, f64, u8, s8, s16, s32, s64, boolean };

struct Npy {
  NpyType type = NpyType::f32;
  std::vector<std::int64_t> shape;
  std::vector<std::uint8_t> bytes;  ///< elements in C order

  std::int64_t elements() const;
  std::vector<float> as_floats() const;
  std::vector<std::int64_t> as_ints() const;
};

/// Throws Error: io when the file can not be read, bad_input when it is not such a file (header, size, order), naming the byte.
Npy read_npy(const std::string& path);
/// Written to a temporary file and renamed. Throws Error.
void write_npy(const std::string& path, const Npy& array);

std::vector<std::uint8_t> read_file(const std::string& path);  ///< throws Error (io)

}  // namespace bulwark::converter::io
