// SPDX-License-Identifier: Apache-2.0
// One element of the requantization of schema/NUMERICS.md, "Linear", as every scalar path does it.
//
// The helpers are static, not inline: a file compiled with a wider instruction set must not provide the one
// copy that all files share.
#pragma once

#include <bit>
#include <cstdint>

namespace bulwark::kernels {

/// rne(x) for |x| <= 2^21. Adding 1.5 * 2^23 leaves the rounded integer in the low bits of the sum: one IEEE
/// addition in the default rounding mode, no libm, the same on every processor.
static inline std::int32_t round_to_even(float x) {
  constexpr float kMagic = 12582912.0f;
  constexpr std::int32_t kMagicBits = 0x4B400000;
  return std::bit_cast<std::int32_t>(x + kMagic) - kMagicBits;
}

/// clamp(rne(float(v) * multiplier) + zero_point, lo, hi). The clamp comes first, in float, so that the
/// conversion is in range whatever the product is (infinity included). lo <= hi, both in -128..255;
/// multiplier is not NaN.
static inline std::int32_t requantize(std::int32_t v, float multiplier, std::int32_t zero_point,
                                      std::int32_t lo, std::int32_t hi) {
  const float low = static_cast<float>(lo - zero_point);
  const float high = static_cast<float>(hi - zero_point);
  float x = static_cast<float>(v) * multiplier;
  x = x < low ? low : x;
  x = x > high ? high : x;
  return round_to_even(x) + zero_point;
}

}  // namespace bulwark::kernels
