// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/common/elementwise_avx2.h"

namespace bulwark::kernels {
namespace {

struct Constants {
  explicit Constants(const PreluCall& call)
      : zero_point_a(_mm256_set1_epi32(call.zero_point_a)),
        zero_point_b(_mm256_set1_epi32(call.zero_point_b)),
        multiplier(_mm256_set1_ps(call.multiplier)),
        slope_multiplier(_mm256_set1_ps(call.slope_multiplier)),
        stage(call.zero_point, call.lo, call.hi, false) {}
  __m256i zero_point_a, zero_point_b;
  __m256 multiplier, slope_multiplier;
  OutputStage stage;
};

/// Eight results in output steps, before the clamp.
__m256 prelu_8(__m256i a, __m256i b, const Constants& k) {
  const __m256i d = _mm256_sub_epi32(a, k.zero_point_a);
  const __m256i negative = _mm256_srai_epi32(d, 31);
  const __m256i scaled = _mm256_mullo_epi32(d, _mm256_sub_epi32(b, k.zero_point_b));
  const __m256i v = _mm256_blendv_epi8(d, scaled, negative);
  return _mm256_mul_ps(_mm256_cvtepi32_ps(v),
                       _mm256_blendv_ps(k.multiplier, k.slope_multiplier, _mm256_castsi256_ps(negative)));
}

__m128i prelu_16(__m128i a, __m128i b, const Constants& k) {
  const Wide wide_a = widen(a), wide_b = widen(b);
  return k.stage.finish(prelu_8(wide_a.first, wide_b.first, k), prelu_8(wide_a.last, wide_b.last, k));
}

}  // namespace

void prelu_s8_s8_16x1_avx2(const PreluCall& call) {
  const Constants k(call);
  for_each_pair_16(call, [&](__m128i a, __m128i b) { return prelu_16(a, b, k); });
}

}  // namespace bulwark::kernels
