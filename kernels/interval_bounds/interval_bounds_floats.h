// SPDX-License-Identifier: Apache-2.0
// Bounds in floats alone. With k = fraction_bits - halve,
//   v = (low << fraction_bits) + bias = 2^k * (centre - radius + bias * 2^-k),
// so the sum in brackets, rounded to a float, times multiplier * 2^k is float(v) * multiplier: both factors
// differ by a power of two only. The bias is added in two parts, so that only the last addition rounds.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "kernels/common/interval.h"

namespace bulwark::kernels {

class BoundsInFloats {
 public:
  explicit BoundsInFloats(const IntervalBoundsCall& call)
      : call_(call), k_(call.fraction_bits - call.halve) {}

  /// Bits of a bias that are added last. From kSplit on, the centre plus the others (times 2^-k) is an
  /// integer of at most 2^24 because v fits int32, and these are 16 at most. Below, all are, and the bias
  /// must be a float.
  std::int32_t last_bits() const { return k_ < kSplit ? -1 : (std::int32_t{1} << k_) - 1; }
  float unit() const { return std::ldexp(1.0f, k_); }  ///< 2^k

  bool exact() const {
    constexpr std::int32_t kMost = 1 << 24;
    for (std::int32_t c = 0; c < call_.channels; ++c) {
      const std::int32_t bias = call_.bias[c];
      if (k_ < kSplit && (bias > kMost || bias < -kMost)) return false;
      const float multiplier = call_.multiplier[c] * unit();
      if (!std::isfinite(multiplier) || multiplier < std::numeric_limits<float>::min()) return false;
    }
    return true;
  }

 private:
  static constexpr std::int32_t kSplit = 7;
  const IntervalBoundsCall& call_;
  std::int32_t k_;
};

}  // namespace bulwark::kernels
