// SPDX-License-Identifier: Apache-2.0
// Contracts of the kernels that carry intervals through a linear operator (schema/NUMERICS.md,
// "Certificate"). The products themselves are those of the linear kernels, with float output and a multiplier
// of 1: sums below 2^24 are exact there.
#pragma once

#include "kernels/common/elementwise.h"

namespace bulwark::kernels {

/// From the ends of intervals, lo <= hi, to centre and radius:
/// doubled:  centre = lo + hi - 2 * offset,  radius = hi - lo        exact; hi - lo <= 127
/// else:     centre = (lo + hi) >> 1,        radius = hi - centre - 64
struct IntervalBoxCall {
  const std::int8_t* lo;
  const std::int8_t* hi;
  std::int8_t* centre;
  std::int8_t* radius;
  std::int64_t count;
  bool doubled;
  std::int32_t offset;
};

/// From the sums of a linear operator over centre and radius to the ends of its outputs' intervals, for
/// channel c:
///   low = (centre - radius) >> halve,  high = (centre + radius) >> halve
///   lo = clamp(rne(float((low << fraction_bits) + bias[c]) * multiplier[c]) + zero_point, clamp_lo[c],
///   clamp_hi[c])
/// and hi the same of high. The sums are integers, |centre|, |radius| <= 2^24; no step leaves int32.
struct IntervalBoundsCall {
  const float* centre;  ///< [rows, channels]
  const float* radius;
  std::int8_t* lo;
  std::int8_t* hi;
  std::int64_t rows;
  std::int32_t channels;
  const std::int32_t* bias;  ///< per channel, like the three below
  const float* multiplier;
  const std::int8_t* clamp_lo;
  const std::int8_t* clamp_hi;
  std::int32_t zero_point;
  std::int32_t fraction_bits;
  std::int32_t halve;  ///< 1 for doubled intervals, else 0
};

Registry<IntervalBoxCall> interval_box_kernels();        ///< kernels/interval_box
Registry<IntervalBoundsCall> interval_bounds_kernels();  ///< kernels/interval_bounds

}  // namespace bulwark::kernels
