// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise_neon.h"
#include "kernels/common/pool_window.h"

namespace bulwark::kernels {
namespace {

/// Sixteen channels of one output position; load(input offset) gives those of one tap.
template <typename Load>
int8x16_t max_16(const PoolCall& call, std::int64_t image, const PoolWindow& window, Load load) {
  int8x16_t largest = vdupq_n_s8(static_cast<std::int8_t>(call.lo));
  for_each_tap(*call.problem, image, window, [&](std::int64_t in) { largest = vmaxq_s8(largest, load(in)); });
  return vminq_s8(largest, vdupq_n_s8(static_cast<std::int8_t>(call.hi)));
}

}  // namespace

void max_pool_s8_s8_16x1_neon(const PoolCall& call) {
  const PoolProblem& p = *call.problem;
  for_each_window(
      p, call.begin, call.end, [&](std::int64_t image, const PoolWindow& window, std::int64_t out) {
        for_each_16_overlapping(
            p.channels,
            [&](std::int64_t c) {
              vst1q_s8(call.output + out + c, max_16(call, image, window, [&](std::int64_t in) {
                         return vld1q_s8(call.input + in + c);
                       }));
            },
            [&](std::int64_t c, std::size_t n) {
              store_first(call.output + out + c,
                          max_16(call, image, window,
                                 [&](std::int64_t in) { return load_first(call.input + in + c, n); }),
                          n);
            });
      });
}

}  // namespace bulwark::kernels
