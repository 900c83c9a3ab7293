// SPDX-License-Identifier: Apache-2.0
// How a sum of a time filter becomes an output.
#pragma once

#include <cstdint>

#include "kernels/common/elementwise.h"
#include "kernels/common/requantize_scalar.h"

namespace bulwark::kernels {

/// The conversion from int64 rounds once, to the nearest even. (static: see requantize_scalar.h)
static inline std::int8_t finish_time_filter(std::int64_t sum, const TimeFilterCall& call) {
  const float low = static_cast<float>(call.lo - call.zero_point);
  const float high = static_cast<float>(call.hi - call.zero_point);
  float x = static_cast<float>(sum) * call.multiplier;
  x = x < low ? low : x;
  x = x > high ? high : x;
  return static_cast<std::int8_t>(round_to_even(x) + call.zero_point);
}

}  // namespace bulwark::kernels
