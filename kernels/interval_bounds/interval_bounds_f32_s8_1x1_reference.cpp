// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/interval.h"
#include "kernels/common/requantize_scalar.h"

namespace bulwark::kernels {

void interval_bounds_f32_s8_1x1_reference(const IntervalBoundsCall& call) {
  const std::int32_t unit = std::int32_t{1} << call.fraction_bits;
  for (std::int64_t row = 0; row < call.rows; ++row) {
    for (std::int32_t c = 0; c < call.channels; ++c) {
      const std::int64_t i = row * call.channels + c;
      const auto centre = static_cast<std::int32_t>(call.centre[i]);
      const auto radius = static_cast<std::int32_t>(call.radius[i]);
      const auto bound = [&](std::int32_t sum) {
        return static_cast<std::int8_t>(requantize((sum >> call.halve) * unit + call.bias[c],
                                                   call.multiplier[c], call.zero_point, call.clamp_lo[c],
                                                   call.clamp_hi[c]));
      };
      call.lo[i] = bound(centre - radius);
      call.hi[i] = bound(centre + radius);
    }
  }
}

}  // namespace bulwark::kernels
