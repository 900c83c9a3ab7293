// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/common/requantize_scalar.h"

namespace bulwark::kernels {

void prelu_s8_s8_1x1_reference(const PreluCall& call) {
  for (std::int64_t i = 0; i < call.count; ++i) {
    const std::int32_t d = call.a[i] - call.zero_point_a;
    const std::int32_t slope = call.b[call.b_repeats ? 0 : i] - call.zero_point_b;
    const std::int32_t v = d < 0 ? d * slope : d;
    const float multiplier = d < 0 ? call.slope_multiplier : call.multiplier;
    call.output[i] = static_cast<std::int8_t>(requantize(v, multiplier, call.zero_point, call.lo, call.hi));
  }
}

}  // namespace bulwark::kernels
