// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/common/elementwise_avx2.h"

namespace bulwark::kernels {

void requantize_x8_x8_16x1_avx2(const RequantizeCall& call) {
  const ByteKind in = byte_kind(call.input_unsigned);
  const OutputStage stage(call.zero_point, call.lo, call.hi, call.output_unsigned);
  const __m256i zero_point_in = _mm256_set1_epi32(call.zero_point_in - in.shift);
  const __m256 multiplier = _mm256_set1_ps(call.multiplier);
  const std::int8_t* input = static_cast<const std::int8_t*>(call.input);
  std::int8_t* output = static_cast<std::int8_t*>(call.output);
  const auto requantize_16 = [&](__m128i x) {
    const Wide wide = widen(_mm_xor_si128(x, in.flip));
    return stage.requantize(
        {_mm256_sub_epi32(wide.first, zero_point_in), _mm256_sub_epi32(wide.last, zero_point_in)},
        multiplier);
  };
  for_each_16(
      call.count, [&](std::int64_t i) { store_16(output + i, requantize_16(load_16(input + i))); },
      [&](std::int64_t i, std::size_t n) {
        store_first(output + i, requantize_16(load_first(input + i, n)), n);
      });
}

}  // namespace bulwark::kernels
