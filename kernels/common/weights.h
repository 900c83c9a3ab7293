// SPDX-License-Identifier: Apache-2.0
// Bit-packed weight rows, as a model file stores them.
#pragma once

#include "kernels/common/types.h"

namespace bulwark::kernels {

/// Smallest and largest value a format can hold.
struct WeightRange {
  std::int32_t lo;
  std::int32_t hi;
};
WeightRange weight_range(WeightFormat format);

/// Bytes of one row of `elements` weights, rounded up to whole bytes. elements <= 2^31-1; the result fits 64
/// bits.
std::uint64_t weight_row_bytes(WeightFormat format, std::uint64_t elements);

/// Unpacks one row into int16 (s9 does not fit int8). `row` has weight_row_bytes(format, elements) bytes.
void unpack_weight_row(WeightFormat format, const std::uint8_t* row, std::size_t elements, std::int16_t* out);
/// The same into int8; format is not s9.
void unpack_weight_row(WeightFormat format, const std::uint8_t* row, std::size_t elements, std::int8_t* out);

/// Packs one row; each weight lies inside weight_range(format). Used by the converter and by tests.
void pack_weight_row(WeightFormat format, const std::int16_t* weights, std::size_t elements,
                     std::uint8_t* row);

}  // namespace bulwark::kernels
