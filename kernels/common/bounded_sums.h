// SPDX-License-Identifier: Apache-2.0
// Quicker output stages for sums that are known to be small (bounded_sums_neon.h): which ones are.
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
inline constexpr std::int64_t kMostBounded = (1 << 22) - 1;
inline constexpr double kMostRounded = 32000.0;

/// Largest inputs' magnitude: a bound of any |x|.
static inline std::int64_t largest_input(const LinearProblem& p) {
  return std::max(std::int64_t{p.in_hi}, -std::int64_t{p.in_lo});
}

/// No less than largest_sum() of any channel whose bias has at most this magnitude, and at once; nearly as
/// small where the inputs' range has 0 in its middle.
static inline std::int64_t most_of_any_channel(const LinearProblem& p, std::int64_t bias_magnitude) {
  return p.weight_sum * largest_input(p) * (std::int64_t{1} << p.fraction_bits) + bias_magnitude;
}

/// The largest |v| of a channel that inputs in [in_lo, in_hi] can make.
static inline std::int64_t largest_sum(const LinearProblem& p, const std::int8_t* weights,
                                       std::int32_t bias) {
  // A row has at most 2^24 weights. Without branches: the compiler makes vectors of it.
  std::int32_t above = 0, below = 0;
  const std::int64_t depth = p.depth();
  for (std::int64_t k = 0; k < depth; ++k) {
    above += std::max<std::int32_t>(weights[k], 0);
    below += std::min<std::int32_t>(weights[k], 0);
  }
  const std::int64_t positive = above, negative = below;
  const std::int64_t scale = std::int64_t{1} << p.fraction_bits;
  return std::max((positive * p.in_hi + negative * p.in_lo) * scale + bias,
                  -(positive * p.in_lo + negative * p.in_hi) * scale - bias);
}

/// Of the constants of a record.
template <std::size_t kCount>
std::int64_t largest_magnitude(const std::int32_t (&biases)[kCount]) {
  std::uint32_t largest = 0;
  for (const std::int32_t bias : biases) {
    const auto bits = static_cast<std::uint32_t>(bias);
    largest = std::max(largest, bias < 0 ? 0u - bits : bits);
  }
  return largest;
}
template <std::size_t kCount>
float largest_of(const float (&multipliers)[kCount]) {
  float largest = 0;
  for (const float multiplier : multipliers) largest = std::max(largest, multiplier);
  return largest;
}

/// Whether rne(v * multiplier), with any zero point added, fits 16 bits.
static inline bool rounds_to_int16(std::int64_t largest, float multiplier) {
  return static_cast<double>(largest) * static_cast<double>(multiplier) <= kMostRounded;
}

/// Whether a channel's sums are bounded, where v / 2^fraction_bits takes the place of v and the multiplier is
/// as much larger: powers of two move through float operations without a trace.
static inline bool keeps_bounded(const LinearProblem& p, std::int64_t largest, float multiplier) {
  return (largest >> p.fraction_bits) < kMostBounded && rounds_to_int16(largest, multiplier) &&
         multiplier < 1e30f;
}

/// The constants of such a channel: the sum starts from `start`, and rne((float(sum) + low) * multiplier) is
/// that of v.
struct SplitBias {
  std::int32_t start;  ///< with kSumOffset
  float multiplier, low;
};
static inline SplitBias split_fraction(const LinearProblem& p, std::int64_t bias, float multiplier) {
  const std::int64_t unit = std::int64_t{1} << p.fraction_bits;
  const auto whole = static_cast<std::int32_t>(bias >> p.fraction_bits);
  return {static_cast<std::int32_t>(static_cast<std::uint32_t>(whole) + kSumOffset),
          multiplier * static_cast<float>(unit),
          static_cast<float>(bias & (unit - 1)) / static_cast<float>(unit)};
}

}  // namespace bulwark::kernels
