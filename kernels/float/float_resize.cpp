// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/float_ops.h"
#include "kernels/common/resize_walk.h"

namespace bulwark::kernels {

void float_resize(const FloatResizeCall& call) {
  const ResizeProblem& p = *call.problem;
  for_each_place(
      p, call.rows, call.columns, call.input, call.output, call.begin, call.end,
      [](float position) { return static_cast<std::int64_t>(position); },
      [&](const Corners<float>& at, float column, float row, float* out) {
        const float wx = column - static_cast<float>(static_cast<std::int64_t>(column));
        const float wy = row - static_cast<float>(static_cast<std::int64_t>(row));
        for (std::int64_t c = 0; c < p.inner; ++c) {
          const float above = at.above_left[c] * (1 - wx) + at.above_right[c] * wx;
          const float below = at.below_left[c] * (1 - wx) + at.below_right[c] * wx;
          out[c] = above * (1 - wy) + below * wy;
        }
      });
}

}  // namespace bulwark::kernels
