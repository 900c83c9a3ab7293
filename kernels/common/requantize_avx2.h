// SPDX-License-Identifier: Apache-2.0
// The output stage of the linear kernels with AVX2 (schema/NUMERICS.md, "Linear").
//
// x86 turns a float outside int32 into INT_MIN, so the clamp comes before the conversion. Internal linkage
// throughout: these functions must not stand in for those of files that are compiled for older processors.
#pragma once

#include <immintrin.h>

#include <cstring>

#include "kernels/common/linear.h"

namespace bulwark::kernels {
namespace {

/// Constants of 8 channels; lo and hi hold lo[c] - zero_point and hi[c] - zero_point. 32 floats and integers
/// in memory.
struct ChannelsAvx2 {
  static constexpr std::int32_t kCount = 8;
  std::int32_t bias[kCount];
  float multiplier[kCount];
  float lo[kCount];
  float hi[kCount];

  /// Lane `lane` gets the constants of channel `c`.
  void set(const LinearProblem& p, const LinearConstants& constants, std::size_t c, std::size_t lane) {
    std::memcpy(&bias[lane], constants.bias + c, sizeof(std::int32_t));
    std::memcpy(&multiplier[lane], constants.multiplier + c, sizeof(float));
    if (p.output == OutputType::f32) return;
    lo[lane] = static_cast<float>(constants.lo[c] - p.zero_point);
    hi[lane] = static_cast<float>(constants.hi[c] - p.zero_point);
  }
};

/// Writes the outputs of 8 channels from element `index` on, or the first `count` of them.
inline void store_channels(const LinearProblem& p, const ChannelsAvx2& channels, __m256i acc, void* output,
                           std::int64_t index, std::int64_t count) {
  const __m256i bias = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(channels.bias));
  const __m256i v = _mm256_add_epi32(_mm256_sll_epi32(acc, _mm_cvtsi32_si128(p.fraction_bits)), bias);
  __m256 y = _mm256_mul_ps(_mm256_cvtepi32_ps(v), _mm256_loadu_ps(channels.multiplier));
  const auto lanes = static_cast<std::size_t>(count < 8 ? count : 8);
  if (p.output == OutputType::f32) {
    float values[8];
    _mm256_storeu_ps(values, y);
    std::memcpy(static_cast<float*>(output) + index, values, lanes * sizeof(float));
    return;
  }
  y = _mm256_min_ps(_mm256_max_ps(y, _mm256_loadu_ps(channels.lo)), _mm256_loadu_ps(channels.hi));
  const __m256i r = _mm256_add_epi32(_mm256_cvtps_epi32(y), _mm256_set1_epi32(p.zero_point));
  const __m128i r16 = _mm_packs_epi32(_mm256_castsi256_si128(r), _mm256_extracti128_si256(r, 1));
  std::int64_t bytes = _mm_cvtsi128_si64(_mm_packs_epi16(r16, r16));
  std::memcpy(static_cast<std::int8_t*>(output) + index, &bytes, lanes);
}

}  // namespace
}  // namespace bulwark::kernels
