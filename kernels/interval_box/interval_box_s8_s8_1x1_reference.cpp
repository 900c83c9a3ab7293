// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/interval.h"

namespace bulwark::kernels {

void interval_box_s8_s8_1x1_reference(const IntervalBoxCall& call) {
  for (std::int64_t i = 0; i < call.count; ++i) {
    const std::int32_t lo = call.lo[i], hi = call.hi[i];
    // The shift of a negative sum rounds down, so the centre is never above the middle.
    const std::int32_t centre = call.doubled ? lo + hi - 2 * call.offset : (lo + hi) >> 1;
    call.centre[i] = static_cast<std::int8_t>(centre);
    call.radius[i] = static_cast<std::int8_t>(call.doubled ? hi - lo : hi - centre - 64);
  }
}

}  // namespace bulwark::kernels
