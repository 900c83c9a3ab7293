// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/pool_window.h"
#include "kernels/common/requantize_scalar.h"

namespace bulwark::kernels {

void average_pool_s8_s8_1x1_reference(const PoolCall& call) {
  const PoolProblem& p = *call.problem;
  for_each_window(
      p, call.begin, call.end, [&](std::int64_t image, const PoolWindow& window, std::int64_t out) {
        const float multiplier = call.multiplier / static_cast<float>(average_divisor(p, window));
        for (std::int32_t c = 0; c < p.channels; ++c) {
          std::int32_t sum = 0;
          for_each_tap(p, image, window,
                       [&](std::int64_t in) { sum += call.input[in + c] - call.zero_point_in; });
          call.output[out + c] =
              static_cast<std::int8_t>(requantize(sum, multiplier, call.zero_point, call.lo, call.hi));
        }
      });
}

}  // namespace bulwark::kernels
