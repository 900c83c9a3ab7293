// SPDX-License-Identifier: Apache-2.0
// Requantization in 16-bit integers, for sums that fit 16 bits and outputs of few levels.
//
// Of sums s of a channel (without the bias) a step function y(s) = requant((s << f) + bias, ..) of
// schema/NUMERICS.md is wanted, f = fraction_bits. Where it has few steps, integers give the same steps:
//
//   a = sat16((s + start) << shift)            the whole range between the first and the last step
//   y = clamp(((floor(a * multiplier / 2^15) + offset) >> (8 + down)) + base, lo, hi)
//
// which takes half of the instructions of the float form. Both grow with s, so they are equal everywhere if
// they step at the same sums: fit_narrow() finds numbers for which they do, or says that there are none.
#pragma once

#include "kernels/common/types.h"

namespace bulwark::kernels::conv {

/// A channel as it is specified.
struct NarrowChannel {
  std::int32_t least = 0, most = 0;  ///< of the sums; (sum << fraction_bits) + bias fits 32 bits
  std::int64_t bias = 0;
  float multiplier = 0.0f;
  std::int8_t lo = 0, hi = 0;
};

/// 16 channels as they are computed.
struct NarrowRecord {
  std::int16_t start[16], multiplier[16], offset[16];
  std::int16_t shift;
  std::int8_t down, base;
};

/// `channels`: up to 16 of them. False if no numbers give the same outputs; start + sum fits 16 bits
/// otherwise, in any order of summation.
bool fit_narrow(const NarrowChannel* channels, std::size_t count, std::int32_t fraction_bits,
                std::int32_t zero_point, NarrowRecord* record);

/// The formula above, of channel c and a sum between least and most: what a kernel computes, for the test.
std::int32_t narrow_output(const NarrowRecord& record, std::size_t c, std::int32_t sum, std::int8_t lo,
                           std::int8_t hi);

}  // namespace bulwark::kernels::conv
