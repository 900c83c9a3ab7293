// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "kernels/common/elementwise.h"

namespace bulwark::kernels {

void extreme_s8_s8_1x1_reference(const ExtremeCall& call) {
  for (std::int64_t i = 0; i < call.count; ++i) {
    const std::int32_t a = call.a[i], b = call.b[call.b_repeats ? 0 : i];
    const std::int32_t y = call.maximum ? std::max(a, b) : std::min(a, b);
    call.output[i] = static_cast<std::int8_t>(std::min(std::max(y, call.lo), call.hi));
  }
}

}  // namespace bulwark::kernels
