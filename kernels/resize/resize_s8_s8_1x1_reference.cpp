// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/resize_walk.h"

namespace bulwark::kernels {

void resize_s8_s8_1x1_reference(const ResizeCall& call) {
  const ResizeProblem& p = *call.problem;
  for_each_place(
      p, p.rows, p.columns, call.input, call.output, call.begin, call.end,
      [](std::int32_t position) { return std::int64_t{position >> 10}; },
      [&](const Corners<std::int8_t>& at, std::int32_t column, std::int32_t row, std::int8_t* out) {
        const std::int32_t wx = column & 1023, wy = row & 1023;
        for (std::int64_t c = 0; c < p.inner; ++c) {
          const std::int32_t above = at.above_left[c] * (1024 - wx) + at.above_right[c] * wx;
          const std::int32_t below = at.below_left[c] * (1024 - wx) + at.below_right[c] * wx;
          const std::int32_t sum = above * (1024 - wy) + below * wy;
          out[c] = static_cast<std::int8_t>((sum + (1 << 19) - (sum < 0 ? 1 : 0)) >> 20);
        }
      });
}

}  // namespace bulwark::kernels
