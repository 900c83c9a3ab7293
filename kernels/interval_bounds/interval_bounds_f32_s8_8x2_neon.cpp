// SPDX-License-Identifier: Apache-2.0
// In floats (interval_bounds_floats.h), by eight channels (bounds_by_eight_neon.h), two rows a step.
#include "kernels/interval_bounds/bounds_by_eight_neon.h"
#include "kernels/interval_bounds/interval_bounds_floats.h"

namespace bulwark::kernels {
namespace {

class FloatBounds {
 public:
  FloatBounds(const IntervalBoundsCall& call, std::int32_t c) {
    const BoundsInFloats floats(call);
    const float unit = floats.unit();
    const int32x4_t last = vdupq_n_s32(floats.last_bits());
    for (int q = 0; q < 2; ++q) {
      const int32x4_t bias = vld1q_s32(call.bias + c + 4 * q);
      whole_[q] = vmulq_n_f32(vcvtq_f32_s32(vbicq_s32(bias, last)), 1 / unit);
      rest_[q] = vmulq_n_f32(vcvtq_f32_s32(vandq_s32(bias, last)), 1 / unit);
      multiplier_[q] = vmulq_n_f32(vld1q_f32(call.multiplier + c + 4 * q), unit);
    }
    const int8x8_t lo = vld1_s8(call.clamp_lo + c), hi = vld1_s8(call.clamp_hi + c);
    clamp_lo_ = vcombine_s8(lo, lo);
    clamp_hi_ = vcombine_s8(hi, hi);
    zero_point_ = vdupq_n_s16(static_cast<std::int16_t>(call.zero_point));
  }

  [[gnu::always_inline]] inline int8x16_t both_ends(const float* centre, const float* radius) const {
    const float32x4_t c0 = vaddq_f32(vld1q_f32(centre), whole_[0]);
    const float32x4_t c1 = vaddq_f32(vld1q_f32(centre + 4), whole_[1]);
    const float32x4_t r0 = vld1q_f32(radius), r1 = vld1q_f32(radius + 4);
    const int16x8_t lo = narrow(vsubq_f32(c0, r0), vsubq_f32(c1, r1));
    const int16x8_t hi = narrow(vaddq_f32(c0, r0), vaddq_f32(c1, r1));
    return vminq_s8(vmaxq_s8(vqmovn_high_s16(vqmovn_s16(lo), hi), clamp_lo_), clamp_hi_);
  }

  void rows(const IntervalBoundsCall& call, std::int32_t c) const {
    const FloatBounds self = *this;  // a copy: members could be what stores of bytes write
    const float *centre = call.centre + c, *radius = call.radius + c;
    std::int8_t *lo = call.lo + c, *hi = call.hi + c;
    const std::int32_t channels = call.channels;
    const auto one_row = [&] {
      const int8x16_t y = self.both_ends(centre, radius);
      vst1_s8(lo, vget_low_s8(y));
      vst1q_lane_s64(reinterpret_cast<std::int64_t*>(hi), vreinterpretq_s64_s8(y), 1);
      centre += channels;
      radius += channels;
      lo += channels;
      hi += channels;
    };
    std::int64_t rows = call.rows;
    for (; rows >= 2; rows -= 2) {
      one_row();
      one_row();
    }
    if (rows > 0) one_row();
  }

 private:
  [[gnu::always_inline]] inline int32x4_t rounded(float32x4_t sum, int q) const {
    return vcvtnq_s32_f32(vmulq_f32(vaddq_f32(sum, rest_[q]), multiplier_[q]));
  }
  [[gnu::always_inline]] inline int16x8_t narrow(float32x4_t sum0, float32x4_t sum1) const {
    return vqaddq_s16(vqmovn_high_s32(vqmovn_s32(rounded(sum0, 0)), rounded(sum1, 1)), zero_point_);
  }

  float32x4_t whole_[2], rest_[2], multiplier_[2];
  int8x16_t clamp_lo_, clamp_hi_;  ///< of the 8 channels, twice
  int16x8_t zero_point_;
};

}  // namespace

void interval_bounds_f32_s8_8x2_neon(const IntervalBoundsCall& call) { bounds_by_eight<FloatBounds>(call); }

}  // namespace bulwark::kernels
