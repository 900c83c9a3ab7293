// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise_avx2.h"
#include "kernels/common/pool_window.h"

namespace bulwark::kernels {

void average_pool_s8_s8_16x1_avx2(const PoolCall& call) {
  const PoolProblem& p = *call.problem;
  const OutputStage stage(call.zero_point, call.lo, call.hi, false);
  for_each_window(
      p, call.begin, call.end, [&](std::int64_t image, const PoolWindow& window, std::int64_t out) {
        const __m256 multiplier =
            _mm256_set1_ps(call.multiplier / static_cast<float>(average_divisor(p, window)));
        const __m256i start = _mm256_set1_epi32(-window.inside() * call.zero_point_in);
        const auto average_16 = [&](auto load) {
          Wide sum = {start, start};
          for_each_tap(p, image, window, [&](std::int64_t in) {
            const Wide x = widen(load(in));
            sum = {_mm256_add_epi32(sum.first, x.first), _mm256_add_epi32(sum.last, x.last)};
          });
          return stage.requantize(sum, multiplier);
        };
        for_each_16(
            p.channels,
            [&](std::int64_t c) {
              store_16(call.output + out + c,
                       average_16([&](std::int64_t in) { return load_16(call.input + in + c); }));
            },
            [&](std::int64_t c, std::size_t n) {
              store_first(call.output + out + c,
                          average_16([&](std::int64_t in) { return load_first(call.input + in + c, n); }), n);
            });
      });
}

}  // namespace bulwark::kernels
