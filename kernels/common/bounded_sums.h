// SPDX-License-Identifier: Apache-2.0
// A quicker output stage for sums that are known to be small (bounded_sums_neon.h): which ones are.
//
// Most out-of-order cores convert between integers and floats in one of their two vector units, four lanes in
// two cycles. Additions of 1.5 * 2^23 do the same in any unit: int32 v + the bits of that number are those of
// the float 1.5 * 2^23 + v, and x + 1.5 * 2^23 has rne(x) in its low bits. Both are exact for |v|, |x| <=
// 2^22.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/common/linear.h"

namespace bulwark::kernels {

/// The bits of 1.5 * 2^23, from which bounded sums start: their float is that number larger.
inline constexpr std::int32_t kSumOffset = 0x4B400000;

/// The least and the largest v of a channel that inputs in [in_lo, in_hi] can make; no fraction bits.
struct SumRange {
  std::int64_t least, largest;
};
static inline SumRange range_of_sums(const LinearProblem& p, const std::int8_t* weights, std::int32_t bias) {
  std::int64_t positive = 0, negative = 0;
  for (std::int64_t k = 0; k < p.depth(); ++k) (weights[k] > 0 ? positive : negative) += weights[k];
  return {bias + positive * p.in_lo + negative * p.in_hi, bias + positive * p.in_hi + negative * p.in_lo};
}

/// Whether v is exact as a float and rne(v * multiplier), with any zero point added, fits 16 bits.
static inline bool sums_are_bounded(SumRange range, float multiplier) {
  const std::int64_t most = std::max(-range.least, range.largest);
  return most < (1 << 22) && static_cast<double>(most) * static_cast<double>(multiplier) <= 32000.0;
}

}  // namespace bulwark::kernels
