// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "kernels/common/elementwise.h"

namespace bulwark::kernels {

void add_s16_s16_1x1_reference(const AddWideCall& call) {
  for (std::int64_t i = 0; i < call.count; ++i) {
    const std::int32_t sum = std::int32_t{call.a[i]} + call.b[i];
    call.output[i] = static_cast<std::int16_t>(std::clamp(sum, call.lo, call.hi));
  }
}

}  // namespace bulwark::kernels
