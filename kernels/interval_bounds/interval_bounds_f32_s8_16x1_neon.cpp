// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise_neon.h"
#include "kernels/common/interval.h"

namespace bulwark::kernels {
namespace {

struct Constants {
  explicit Constants(const IntervalBoundsCall& call)
      : zero_point(vdupq_n_s16(static_cast<std::int16_t>(call.zero_point))),
        // One shift does both: halving is a shift by -1.
        halve(vdupq_n_s32(-call.halve)),
        fraction_bits(vdupq_n_s32(call.fraction_bits)) {}
  int16x8_t zero_point;
  int32x4_t halve, fraction_bits;
};

int32x4_t rounded(int32x4_t sum, const Constants& k, int32x4_t bias, float32x4_t multiplier) {
  return scale_and_round(add_bias(vshlq_s32(sum, k.halve), k.fraction_bits, bias), multiplier);
}

struct Ends {
  int32x4_t lo[4], hi[4];
};

/// Four channels from c on, at element i.
void four(const IntervalBoundsCall& call, const Constants& k, std::int64_t i, std::int32_t c, int32x4_t* lo,
          int32x4_t* hi) {
  const int32x4_t centre = vcvtq_s32_f32(vld1q_f32(call.centre + i));
  const int32x4_t radius = vcvtq_s32_f32(vld1q_f32(call.radius + i));
  const int32x4_t bias = vld1q_s32(call.bias + c);
  const float32x4_t multiplier = vld1q_f32(call.multiplier + c);
  *lo = rounded(vsubq_s32(centre, radius), k, bias, multiplier);
  *hi = rounded(vaddq_s32(centre, radius), k, bias, multiplier);
}

void sixteen(const IntervalBoundsCall& call, const Constants& k, std::int64_t i, std::int32_t c) {
  Ends e;
  for (int q = 0; q < 4; ++q) four(call, k, i + 4 * q, c + 4 * q, &e.lo[q], &e.hi[q]);
  const int8x16_t lo = vld1q_s8(call.clamp_lo + c), hi = vld1q_s8(call.clamp_hi + c);
  vst1q_s8(call.lo + i, narrow_and_clamp(e.lo[0], e.lo[1], e.lo[2], e.lo[3], k.zero_point, lo, hi));
  vst1q_s8(call.hi + i, narrow_and_clamp(e.hi[0], e.hi[1], e.hi[2], e.hi[3], k.zero_point, lo, hi));
}

/// The last 1..15 channels of a row, through buffers of whole vectors.
void rest(const IntervalBoundsCall& call, const Constants& k, std::int64_t i, std::int32_t c, std::size_t n) {
  float centre[16] = {}, radius[16] = {}, multiplier[16] = {};
  std::int32_t bias[16] = {};
  std::int8_t lo[16], hi[16], clamp_lo[16] = {}, clamp_hi[16] = {};
  std::memcpy(centre, call.centre + i, n * sizeof(float));
  std::memcpy(radius, call.radius + i, n * sizeof(float));
  std::memcpy(multiplier, call.multiplier + c, n * sizeof(float));
  std::memcpy(bias, call.bias + c, n * sizeof(std::int32_t));
  std::memcpy(clamp_lo, call.clamp_lo + c, n);
  std::memcpy(clamp_hi, call.clamp_hi + c, n);
  IntervalBoundsCall part = call;
  part.centre = centre;
  part.radius = radius;
  part.multiplier = multiplier;
  part.bias = bias;
  part.clamp_lo = clamp_lo;
  part.clamp_hi = clamp_hi;
  part.lo = lo;
  part.hi = hi;
  sixteen(part, k, 0, 0);
  std::memcpy(call.lo + i, lo, n);
  std::memcpy(call.hi + i, hi, n);
}

}  // namespace

void interval_bounds_f32_s8_16x1_neon(const IntervalBoundsCall& call) {
  const Constants k(call);
  for (std::int64_t row = 0; row < call.rows; ++row) {
    const std::int64_t first = row * call.channels;
    std::int32_t c = 0;
    for (; c + 16 <= call.channels; c += 16) sixteen(call, k, first + c, c);
    if (c < call.channels) rest(call, k, first + c, c, static_cast<std::size_t>(call.channels - c));
  }
}

}  // namespace bulwark::kernels
