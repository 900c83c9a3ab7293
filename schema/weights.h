// SPDX-License-Identifier: Apache-2.0
// The verifier's reader of packed weight rows; the bit layouts are in NUMERICS.md ("Weights"). Kernels unpack
// with their own code.
#pragma once

#include <cstdint>

#include "schema/model_view.h"

namespace bulwark::schema {

/// Bytes of one row, rounded up to whole bytes. elements <= 2^31-1.
std::uint64_t weight_row_bytes(WeightFormat format, std::uint64_t elements);

/// What the verifier must know of one row of an integer format.
struct RowSummary {
  bool valid = true;    ///< false: a value outside the format, or padding bits that are not zero
  std::int32_t lo = 0;  ///< smallest and largest weight of the row
  std::int32_t hi = 0;
  std::int64_t sum_abs = 0;  ///< sum of |w|
};

/// `row` has weight_row_bytes(format, elements) bytes; elements > 0; format is not f32. After an invalid
/// value the rest of the summary is meaningless.
RowSummary summarize_row(WeightFormat format, const std::uint8_t* row, std::int32_t elements);

inline constexpr std::int32_t kAllRowsValid = -1;
inline constexpr WeightExtremes kNoExtremes{INT32_MAX, INT32_MIN, 0};

/// The same for `rows` rows that lie one behind the other: sums[row] = sum of |w|, below 2^32, and `extremes`
/// (of none: kNoExtremes) is widened to hold every weight; its row_sum is left to the caller. Returns
/// kAllRowsValid or the first row that is not valid.
std::int32_t summarize_rows(WeightFormat format, const std::uint8_t* data, std::int32_t rows,
                            std::int32_t elements, std::uint32_t* sums, WeightExtremes* extremes);

}  // namespace bulwark::schema
