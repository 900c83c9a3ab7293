// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "kernels/common/float_ops.h"
#include "kernels/common/pool_window.h"
#include "kernels/float/float_clamp.h"

namespace bulwark::kernels {

void float_max_pool(const FloatPoolCall& call) {
  const PoolProblem& p = *call.problem;
  for_each_window(p, call.begin, call.end,
                  [&](std::int64_t image, const PoolWindow& window, std::int64_t out) {
                    float* output = call.output + out;
                    for (std::int32_t c = 0; c < p.channels; ++c)
                      output[c] = -std::numeric_limits<float>::infinity();
                    for_each_tap(p, image, window, [&](std::int64_t in) {
                      const float* input = call.input + in;
                      for (std::int32_t c = 0; c < p.channels; ++c)
                        output[c] = input[c] > output[c] ? input[c] : output[c];
                    });
                    for (std::int32_t c = 0; c < p.channels; ++c)
                      output[c] = clamp_keeping_nan(output[c], call.lo, call.hi);
                  });
}

void float_average_pool(const FloatPoolCall& call) {
  const PoolProblem& p = *call.problem;
  for_each_window(p, call.begin, call.end,
                  [&](std::int64_t image, const PoolWindow& window, std::int64_t out) {
                    float* output = call.output + out;
                    for (std::int32_t c = 0; c < p.channels; ++c) output[c] = 0;
                    for_each_tap(p, image, window, [&](std::int64_t in) {
                      const float* input = call.input + in;
                      for (std::int32_t c = 0; c < p.channels; ++c) output[c] += input[c];
                    });
                    const float divisor = static_cast<float>(average_divisor(p, window));
                    for (std::int32_t c = 0; c < p.channels; ++c) {
                      output[c] = clamp_keeping_nan(output[c] / divisor, call.lo, call.hi);
                    }
                  });
}

}  // namespace bulwark::kernels
