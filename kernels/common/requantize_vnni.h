// SPDX-License-Identifier: Apache-2.0
// The output stage of the linear kernels with AVX-512 (schema/NUMERICS.md, "Linear"); requantize_avx2.h says
// why the clamp comes first.
#pragma once

#include <immintrin.h>

#include <cstring>

#include "kernels/common/linear.h"

namespace bulwark::kernels {
namespace {

/// Constants of 16 channels; lo and hi hold lo[c] - zero_point and hi[c] - zero_point.
struct ChannelsVnni {
  static constexpr std::int32_t kCount = 16;
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

/// Writes the outputs of the first `count` of 16 channels from element `index` on; nothing where it is not
/// positive.
inline void store_channels(const LinearProblem& p, const ChannelsVnni& channels, __m512i acc, void* output,
                           std::int64_t index, std::int64_t count) {
  if (count <= 0) return;
  const auto mask = static_cast<__mmask16>(count >= 16 ? 0xffffu : (1u << count) - 1);
  const __m512i v = _mm512_add_epi32(_mm512_sll_epi32(acc, _mm_cvtsi32_si128(p.fraction_bits)),
                                     _mm512_loadu_si512(channels.bias));
  __m512 y = _mm512_mul_ps(_mm512_cvtepi32_ps(v), _mm512_loadu_ps(channels.multiplier));
  if (p.output == OutputType::f32) {
    _mm512_mask_storeu_ps(static_cast<float*>(output) + index, mask, y);
    return;
  }
  y = _mm512_min_ps(_mm512_max_ps(y, _mm512_loadu_ps(channels.lo)), _mm512_loadu_ps(channels.hi));
  const __m512i r = _mm512_add_epi32(_mm512_cvtps_epi32(y), _mm512_set1_epi32(p.zero_point));
  _mm_mask_storeu_epi8(static_cast<std::int8_t*>(output) + index, mask, _mm512_cvtsepi32_epi8(r));
}

}  // namespace
}  // namespace bulwark::kernels
