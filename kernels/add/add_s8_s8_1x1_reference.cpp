// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/common/requantize_scalar.h"

namespace bulwark::kernels {

void add_s8_s8_1x1_reference(const AddCall& call) {
  for (std::int64_t i = 0; i < call.count; ++i) {
    const std::int32_t b = call.b[call.b_repeats ? 0 : i];
    const std::int32_t sum = call.a[i] * call.multiplier_a + b * call.multiplier_b + call.bias;
    call.output[i] =
        static_cast<std::int8_t>(requantize(sum, call.multiplier, call.zero_point, call.lo, call.hi));
  }
}

}  // namespace bulwark::kernels
