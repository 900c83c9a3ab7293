// SPDX-License-Identifier: Apache-2.0
// Where the fields of a model file lie, found by walking the finished bytes along the schema.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bulwark::test {

enum class FieldKind { byte, int32, uint32, float32, length };

struct Field {
  FieldKind kind;
  std::size_t position;
};

/// Every stored scalar of a sound file, every element of its vectors of scalars (of byte vectors the first
/// and last 16), and every length word.
std::vector<Field> find_fields(std::span<const std::uint8_t> bytes);

/// The values to try in a field, as raw little-endian bytes: 0, +-1, the extremes of the type, the neighbours
/// of what is there; NaN and the infinities where it is a float.
std::vector<std::vector<std::uint8_t>> hostile_values(const Field& field,
                                                      std::span<const std::uint8_t> bytes);

}  // namespace bulwark::test
