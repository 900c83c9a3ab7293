// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/common/elementwise_avx2.h"

namespace bulwark::kernels {
namespace {

struct Constants {
  explicit Constants(const AddCall& call)
      : multiplier_a(_mm256_set1_epi32(call.multiplier_a)),
        multiplier_b(_mm256_set1_epi32(call.multiplier_b)),
        bias(_mm256_set1_epi32(call.bias)),
        multiplier(_mm256_set1_ps(call.multiplier)),
        stage(call.zero_point, call.lo, call.hi, false) {}
  __m256i multiplier_a, multiplier_b, bias;
  __m256 multiplier;
  OutputStage stage;
};

__m256i weighted_sum(__m256i a, __m256i b, const Constants& k) {
  return _mm256_add_epi32(
      _mm256_add_epi32(_mm256_mullo_epi32(a, k.multiplier_a), _mm256_mullo_epi32(b, k.multiplier_b)), k.bias);
}

__m128i add_16(__m128i a, __m128i b, const Constants& k) {
  const Wide wide_a = widen(a), wide_b = widen(b);
  return k.stage.requantize(
      {weighted_sum(wide_a.first, wide_b.first, k), weighted_sum(wide_a.last, wide_b.last, k)}, k.multiplier);
}

}  // namespace

void add_s8_s8_16x1_avx2(const AddCall& call) {
  const Constants k(call);
  for_each_pair_16(call, [&](__m128i a, __m128i b) { return add_16(a, b, k); });
}

}  // namespace bulwark::kernels
