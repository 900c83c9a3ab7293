// SPDX-License-Identifier: Apache-2.0
#include <immintrin.h>

#include "kernels/interval_bounds/last_channels.h"

namespace bulwark::kernels {
namespace {

/// The constants of 8 channels; the clamp is taken before the zero point is added, in float: x86 turns a
/// float outside int32 into INT_MIN.
struct Channels {
  __m256i bias;
  __m256 multiplier, lo, hi;
};

__m256 to_floats(const std::int8_t* bytes, std::int32_t zero_point) {
  std::int64_t eight;
  std::memcpy(&eight, bytes, sizeof eight);
  const __m256i wide = _mm256_cvtepi8_epi32(_mm_cvtsi64_si128(eight));
  return _mm256_cvtepi32_ps(_mm256_sub_epi32(wide, _mm256_set1_epi32(zero_point)));
}

Channels load_channels(const IntervalBoundsCall& call, std::int32_t c) {
  return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(call.bias + c)),
          _mm256_loadu_ps(call.multiplier + c), to_floats(call.clamp_lo + c, call.zero_point),
          to_floats(call.clamp_hi + c, call.zero_point)};
}

void store_bound(const IntervalBoundsCall& call, const Channels& k, __m256i sum, std::int8_t* output) {
  const __m256i half = _mm256_sra_epi32(sum, _mm_cvtsi32_si128(call.halve));
  const __m256i v = _mm256_add_epi32(_mm256_sll_epi32(half, _mm_cvtsi32_si128(call.fraction_bits)), k.bias);
  const __m256 y = _mm256_mul_ps(_mm256_cvtepi32_ps(v), k.multiplier);
  const __m256i r = _mm256_cvtps_epi32(_mm256_min_ps(_mm256_max_ps(y, k.lo), k.hi));
  const __m256i q = _mm256_add_epi32(r, _mm256_set1_epi32(call.zero_point));
  const __m128i q16 = _mm_packs_epi32(_mm256_castsi256_si128(q), _mm256_extracti128_si256(q, 1));
  const std::int64_t bytes = _mm_cvtsi128_si64(_mm_packs_epi16(q16, q16));
  std::memcpy(output, &bytes, sizeof bytes);
}

void eight(const IntervalBoundsCall& call, std::int64_t i, std::int32_t c) {
  const Channels k = load_channels(call, c);
  const __m256i centre = _mm256_cvttps_epi32(_mm256_loadu_ps(call.centre + i));
  const __m256i radius = _mm256_cvttps_epi32(_mm256_loadu_ps(call.radius + i));
  store_bound(call, k, _mm256_sub_epi32(centre, radius), call.lo + i);
  store_bound(call, k, _mm256_add_epi32(centre, radius), call.hi + i);
}

/// The last 1..7 channels of a row, through buffers of whole vectors.
void rest(const IntervalBoundsCall& call, std::int64_t i, std::int32_t c, std::size_t n) {
  float centre[8] = {}, radius[8] = {};
  std::int8_t lo[8], hi[8];
  std::memcpy(centre, call.centre + i, n * sizeof(float));
  std::memcpy(radius, call.radius + i, n * sizeof(float));
  LastChannels last(call, c, n);
  IntervalBoundsCall& part = last.call;
  part.centre = centre;
  part.radius = radius;
  part.lo = lo;
  part.hi = hi;
  eight(part, 0, 0);
  std::memcpy(call.lo + i, lo, n);
  std::memcpy(call.hi + i, hi, n);
}

}  // namespace

void interval_bounds_f32_s8_8x1_avx2(const IntervalBoundsCall& call) {
  for (std::int64_t row = 0; row < call.rows; ++row) {
    const std::int64_t first = row * call.channels;
    std::int32_t c = 0;
    for (; c + 8 <= call.channels; c += 8) eight(call, first + c, c);
    if (c < call.channels) rest(call, first + c, c, static_cast<std::size_t>(call.channels - c));
  }
}

}  // namespace bulwark::kernels
