// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise_avx2.h"
#include "kernels/common/pool_window.h"

namespace bulwark::kernels {

void max_pool_s8_s8_16x1_avx2(const PoolCall& call) {
  const PoolProblem& p = *call.problem;
  const __m128i lo = _mm_set1_epi8(static_cast<char>(call.lo));
  const __m128i hi = _mm_set1_epi8(static_cast<char>(call.hi));
  for_each_window(
      p, call.begin, call.end, [&](std::int64_t image, const PoolWindow& window, std::int64_t out) {
        const auto max_16 = [&](auto load) {
          __m128i largest = lo;
          for_each_tap(p, image, window, [&](std::int64_t in) { largest = _mm_max_epi8(largest, load(in)); });
          return _mm_min_epi8(largest, hi);
        };
        for_each_16(
            p.channels,
            [&](std::int64_t c) {
              store_16(call.output + out + c,
                       max_16([&](std::int64_t in) { return load_16(call.input + in + c); }));
            },
            [&](std::int64_t c, std::size_t n) {
              store_first(call.output + out + c,
                          max_16([&](std::int64_t in) { return load_first(call.input + in + c, n); }), n);
            });
      });
}

}  // namespace bulwark::kernels
