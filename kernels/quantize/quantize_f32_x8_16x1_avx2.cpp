// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/common/elementwise_avx2.h"

namespace bulwark::kernels {

void quantize_f32_x8_16x1_avx2(const QuantizeCall& call) {
  const OutputStage stage(call.zero_point, call.lo, call.hi, call.output_unsigned);
  const __m256 scale = _mm256_set1_ps(call.scale);
  std::int8_t* output = static_cast<std::int8_t*>(call.output);
  const auto quantize_16 = [&](const float* x) {
    return stage.finish(_mm256_div_ps(_mm256_loadu_ps(x), scale),
                        _mm256_div_ps(_mm256_loadu_ps(x + 8), scale));
  };
  for_each_16(
      call.count, [&](std::int64_t i) { store_16(output + i, quantize_16(call.input + i)); },
      [&](std::int64_t i, std::size_t n) {
        float lanes[16] = {};
        std::memcpy(lanes, call.input + i, n * sizeof(float));
        store_first(output + i, quantize_16(lanes), n);
      });
}

}  // namespace bulwark::kernels
