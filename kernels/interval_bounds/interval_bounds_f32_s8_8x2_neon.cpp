// SPDX-License-Identifier: Apache-2.0
// In floats (interval_bounds_floats.h), eight channels of all rows at a time and two rows of them a step, so
// that their constants stay in registers.
#include "kernels/common/elementwise_neon.h"
#include "kernels/common/interval.h"
#include "kernels/interval_bounds/interval_bounds_floats.h"

namespace bulwark::kernels {
namespace {

constexpr std::int32_t kChannels = 8;

struct Constants {
  float32x4_t whole[2], rest[2], multiplier[2];
  int8x16_t clamp_lo, clamp_hi;  ///< of the 8 channels, twice
  int16x8_t zero_point;
};

Constants load_constants(const IntervalBoundsCall& call, std::int32_t c) {
  const BoundsInFloats floats(call);
  const float unit = floats.unit();
  const int32x4_t last = vdupq_n_s32(floats.last_bits());
  Constants k;
  for (int q = 0; q < 2; ++q) {
    const int32x4_t bias = vld1q_s32(call.bias + c + 4 * q);
    k.whole[q] = vmulq_n_f32(vcvtq_f32_s32(vbicq_s32(bias, last)), 1 / unit);
    k.rest[q] = vmulq_n_f32(vcvtq_f32_s32(vandq_s32(bias, last)), 1 / unit);
    k.multiplier[q] = vmulq_n_f32(vld1q_f32(call.multiplier + c + 4 * q), unit);
  }
  const int8x8_t lo = vld1_s8(call.clamp_lo + c), hi = vld1_s8(call.clamp_hi + c);
  k.clamp_lo = vcombine_s8(lo, lo);
  k.clamp_hi = vcombine_s8(hi, hi);
  k.zero_point = vdupq_n_s16(static_cast<std::int16_t>(call.zero_point));
  return k;
}

[[gnu::always_inline]] inline int32x4_t rounded(const Constants& k, float32x4_t sum, int q) {
  return vcvtnq_s32_f32(vmulq_f32(vaddq_f32(sum, k.rest[q]), k.multiplier[q]));
}

[[gnu::always_inline]] inline int16x8_t narrow(const Constants& k, float32x4_t sum0, float32x4_t sum1) {
  const int16x4_t first = vqmovn_s32(rounded(k, sum0, 0));
  return vqaddq_s16(vqmovn_high_s32(first, rounded(k, sum1, 1)), k.zero_point);
}

/// The lower ends of 8 channels, then the upper ends.
[[gnu::always_inline]] inline int8x16_t both_ends(const Constants& k, const float* centre,
                                                  const float* radius) {
  const float32x4_t c0 = vaddq_f32(vld1q_f32(centre), k.whole[0]);
  const float32x4_t c1 = vaddq_f32(vld1q_f32(centre + 4), k.whole[1]);
  const float32x4_t r0 = vld1q_f32(radius), r1 = vld1q_f32(radius + 4);
  const int16x8_t lo = narrow(k, vsubq_f32(c0, r0), vsubq_f32(c1, r1));
  const int16x8_t hi = narrow(k, vaddq_f32(c0, r0), vaddq_f32(c1, r1));
  return vminq_s8(vmaxq_s8(vqmovn_high_s16(vqmovn_s16(lo), hi), k.clamp_lo), k.clamp_hi);
}

void whole_channels(const IntervalBoundsCall& call, std::int32_t c) {
  const Constants k = load_constants(call, c);
  const float *centre = call.centre + c, *radius = call.radius + c;
  std::int8_t *lo = call.lo + c, *hi = call.hi + c;
  const auto one_row = [&] {
    const int8x16_t y = both_ends(k, centre, radius);
    vst1_s8(lo, vget_low_s8(y));
    vst1q_lane_s64(reinterpret_cast<std::int64_t*>(hi), vreinterpretq_s64_s8(y), 1);
    centre += call.channels;
    radius += call.channels;
    lo += call.channels;
    hi += call.channels;
  };
  std::int64_t rows = call.rows;
  for (; rows >= 2; rows -= 2) {
    one_row();
    one_row();
  }
  if (rows > 0) one_row();
}

/// The last 1..7 channels, through buffers of whole vectors.
void last_channels(const IntervalBoundsCall& call, std::int32_t c, std::size_t n) {
  float multiplier[kChannels] = {}, centre[kChannels] = {}, radius[kChannels] = {};
  std::int32_t bias[kChannels] = {};
  std::int8_t clamp_lo[kChannels] = {}, clamp_hi[kChannels] = {};
  std::memcpy(multiplier, call.multiplier + c, n * sizeof(float));
  std::memcpy(bias, call.bias + c, n * sizeof(std::int32_t));
  std::memcpy(clamp_lo, call.clamp_lo + c, n);
  std::memcpy(clamp_hi, call.clamp_hi + c, n);
  IntervalBoundsCall part = call;
  part.multiplier = multiplier;
  part.bias = bias;
  part.clamp_lo = clamp_lo;
  part.clamp_hi = clamp_hi;
  const Constants k = load_constants(part, 0);
  std::int64_t i = c;
  for (std::int64_t row = 0; row < call.rows; ++row, i += call.channels) {
    std::memcpy(centre, call.centre + i, n * sizeof(float));
    std::memcpy(radius, call.radius + i, n * sizeof(float));
    std::int8_t ends[16];
    vst1q_s8(ends, both_ends(k, centre, radius));
    std::memcpy(call.lo + i, ends, n);
    std::memcpy(call.hi + i, ends + kChannels, n);
  }
}

}  // namespace

void interval_bounds_f32_s8_8x2_neon(const IntervalBoundsCall& call) {
  std::int32_t c = 0;
  for (; c + kChannels <= call.channels; c += kChannels) whole_channels(call, c);
  if (c < call.channels) last_channels(call, c, static_cast<std::size_t>(call.channels - c));
}

}  // namespace bulwark::kernels
