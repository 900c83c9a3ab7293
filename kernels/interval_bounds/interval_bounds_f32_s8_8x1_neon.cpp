// SPDX-License-Identifier: Apache-2.0
// Eight channels of all rows at a time, so that their constants stay in registers. Lower and upper ends share
// a vector from 8 bits on.
#include "kernels/common/elementwise_neon.h"
#include "kernels/common/interval.h"

namespace bulwark::kernels {
namespace {

constexpr std::int32_t kChannels = 8;

struct Constants {
  int32x4_t bias[2];
  float32x4_t multiplier[2];
  int8x16_t clamp_lo, clamp_hi;  ///< of the 8 channels, twice
  int32x4_t shift;  ///< fraction_bits - halve: halved sums are even, so nothing is lost to the right
  int16x8_t zero_point;
};

Constants load_constants(const IntervalBoundsCall& call, std::int32_t c) {
  Constants k;
  for (int q = 0; q < 2; ++q) {
    k.bias[q] = vld1q_s32(call.bias + c + 4 * q);
    k.multiplier[q] = vld1q_f32(call.multiplier + c + 4 * q);
  }
  const int8x8_t lo = vld1_s8(call.clamp_lo + c), hi = vld1_s8(call.clamp_hi + c);
  k.clamp_lo = vcombine_s8(lo, lo);
  k.clamp_hi = vcombine_s8(hi, hi);
  k.shift = vdupq_n_s32(call.fraction_bits - call.halve);
  k.zero_point = vdupq_n_s16(static_cast<std::int16_t>(call.zero_point));
  return k;
}

/// Sums of both signs fit single floats exactly.
int16x8_t narrow(const Constants& k, float32x4_t sum0, float32x4_t sum1) {
  const int32x4_t v0 = add_bias(vcvtq_s32_f32(sum0), k.shift, k.bias[0]);
  const int32x4_t v1 = add_bias(vcvtq_s32_f32(sum1), k.shift, k.bias[1]);
  const int32x4_t r0 = scale_and_round(v0, k.multiplier[0]), r1 = scale_and_round(v1, k.multiplier[1]);
  return vqaddq_s16(vqmovn_high_s32(vqmovn_s32(r0), r1), k.zero_point);
}

/// The lower ends of 8 channels, then the upper ends.
int8x16_t both_ends(const Constants& k, const float* centre, const float* radius) {
  const float32x4_t c0 = vld1q_f32(centre), c1 = vld1q_f32(centre + 4);
  const float32x4_t r0 = vld1q_f32(radius), r1 = vld1q_f32(radius + 4);
  const int16x8_t lo = narrow(k, vsubq_f32(c0, r0), vsubq_f32(c1, r1));
  const int16x8_t hi = narrow(k, vaddq_f32(c0, r0), vaddq_f32(c1, r1));
  return vminq_s8(vmaxq_s8(vqmovn_high_s16(vqmovn_s16(lo), hi), k.clamp_lo), k.clamp_hi);
}

void whole_channels(const IntervalBoundsCall& call, std::int32_t c) {
  const Constants k = load_constants(call, c);
  std::int64_t i = c;
  for (std::int64_t row = 0; row < call.rows; ++row, i += call.channels) {
    const int8x16_t y = both_ends(k, call.centre + i, call.radius + i);
    vst1_s8(call.lo + i, vget_low_s8(y));
    vst1_s8(call.hi + i, vget_high_s8(y));
  }
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

void interval_bounds_f32_s8_8x1_neon(const IntervalBoundsCall& call) {
  std::int32_t c = 0;
  for (; c + kChannels <= call.channels; c += kChannels) whole_channels(call, c);
  if (c < call.channels) last_channels(call, c, static_cast<std::size_t>(call.channels - c));
}

}  // namespace bulwark::kernels
