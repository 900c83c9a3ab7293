// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/common/requantize_scalar.h"

namespace bulwark::kernels {

/// The clamp comes first: infinities leave at a bound and NaN, which is greater than nothing, at lo.
void quantize_f32_s16_1x1_reference(const QuantizeWideCall& call) {
  const float low = static_cast<float>(call.lo), high = static_cast<float>(call.hi);
  for (std::int64_t i = 0; i < call.count; ++i) {
    float x = call.input[i] / call.scale;
    x = x > low ? x : low;
    x = x > high ? high : x;
    call.output[i] = static_cast<std::int16_t>(round_to_even(x));
  }
}

}  // namespace bulwark::kernels
