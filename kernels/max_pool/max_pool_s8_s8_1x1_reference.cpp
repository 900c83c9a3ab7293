// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "kernels/common/pool_window.h"

namespace bulwark::kernels {

void max_pool_s8_s8_1x1_reference(const PoolCall& call) {
  const PoolProblem& p = *call.problem;
  for_each_window(p, call.begin, call.end,
                  [&](std::int64_t image, const PoolWindow& window, std::int64_t out) {
                    for (std::int32_t c = 0; c < p.channels; ++c) {
                      std::int32_t largest = call.lo;
                      for_each_tap(p, image, window, [&](std::int64_t in) {
                        largest = std::max<std::int32_t>(largest, call.input[in + c]);
                      });
                      call.output[out + c] = static_cast<std::int8_t>(std::min(largest, call.hi));
                    }
                  });
}

}  // namespace bulwark::kernels
