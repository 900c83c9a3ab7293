// SPDX-License-Identifier: Apache-2.0
// The arithmetic of schema/NUMERICS.md a second time, from integers and doubles, sharing no code and no trick
// with the kernels.
#pragma once

#include <cmath>
#include <cstdint>

namespace bulwark::test {

/// float(v): the nearest integer with at most 24 significant bits, ties to even, by long-hand division.
inline double naive_float_of(std::int64_t v) {
  const std::int64_t magnitude = v < 0 ? -v : v;
  std::int64_t unit = 1;
  while (magnitude / unit >= std::int64_t{1} << 24) unit *= 2;
  std::int64_t quotient = magnitude / unit;
  const std::int64_t twice_rest = 2 * (magnitude % unit);
  if (twice_rest > unit || (twice_rest == unit && quotient % 2 != 0)) ++quotient;
  return static_cast<double>(v < 0 ? -(quotient * unit) : quotient * unit);
}

/// clamp(rne(x) + zero_point, lo, hi); NaN gives lo.
inline std::int32_t naive_round_to_range(double x, std::int32_t zero_point, std::int32_t lo,
                                         std::int32_t hi) {
  if (std::isnan(x)) return lo;
  const double below = std::floor(x);
  const double rest = x - below;
  const bool up = rest > 0.5 || (rest == 0.5 && std::fmod(below, 2.0) != 0.0);
  const double y = below + (up ? 1.0 : 0.0) + zero_point;
  return static_cast<std::int32_t>(y < lo ? lo : (y > hi ? hi : y));
}

/// clamp(rne(float(v) * multiplier) + zero_point, lo, hi). Two 24-bit numbers have an exact product in
/// double, so that the conversion is the only rounding.
inline std::int32_t naive_requantize(std::int64_t v, float multiplier, std::int32_t zero_point,
                                     std::int32_t lo, std::int32_t hi) {
  const float product = static_cast<float>(naive_float_of(v) * static_cast<double>(multiplier));
  return naive_round_to_range(static_cast<double>(product), zero_point, lo, hi);
}

/// The IEEE single quotient: a double has more than twice the bits and two to spare, so rounding twice does
/// no harm.
inline float naive_divide(float a, float b) {
  return static_cast<float>(static_cast<double>(a) / static_cast<double>(b));
}

}  // namespace bulwark::test
