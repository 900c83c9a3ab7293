// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/common/elementwise_avx2.h"

namespace bulwark::kernels {
namespace {

struct Constants {
  explicit Constants(const MulCall& call)
      : zero_point_a(_mm256_set1_epi32(call.zero_point_a)),
        zero_point_b(_mm256_set1_epi32(call.zero_point_b)),
        multiplier(_mm256_set1_ps(call.multiplier)),
        stage(call.zero_point, call.lo, call.hi, false) {}
  __m256i zero_point_a, zero_point_b;
  __m256 multiplier;
  OutputStage stage;
};

__m256i product(__m256i a, __m256i b, const Constants& k) {
  return _mm256_mullo_epi32(_mm256_sub_epi32(a, k.zero_point_a), _mm256_sub_epi32(b, k.zero_point_b));
}

__m128i mul_16(__m128i a, __m128i b, const Constants& k) {
  const Wide wide_a = widen(a), wide_b = widen(b);
  return k.stage.requantize({product(wide_a.first, wide_b.first, k), product(wide_a.last, wide_b.last, k)},
                            k.multiplier);
}

}  // namespace

void mul_s8_s8_16x1_avx2(const MulCall& call) {
  const Constants k(call);
  for_each_pair_16(call, [&](__m128i a, __m128i b) { return mul_16(a, b, k); });
}

}  // namespace bulwark::kernels
