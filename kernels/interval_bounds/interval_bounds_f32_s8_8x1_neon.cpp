// SPDX-License-Identifier: Apache-2.0
// In integers, by eight channels (bounds_by_eight_neon.h). Lower and upper ends share a vector from 8 bits
// on.
#include "kernels/interval_bounds/bounds_by_eight_neon.h"

namespace bulwark::kernels {
namespace {

class IntegerBounds {
 public:
  IntegerBounds(const IntervalBoundsCall& call, std::int32_t c) {
    for (int q = 0; q < 2; ++q) {
      bias_[q] = vld1q_s32(call.bias + c + 4 * q);
      multiplier_[q] = vld1q_f32(call.multiplier + c + 4 * q);
    }
    const int8x8_t lo = vld1_s8(call.clamp_lo + c), hi = vld1_s8(call.clamp_hi + c);
    clamp_lo_ = vcombine_s8(lo, lo);
    clamp_hi_ = vcombine_s8(hi, hi);
    shift_ = vdupq_n_s32(call.fraction_bits - call.halve);
    zero_point_ = vdupq_n_s16(static_cast<std::int16_t>(call.zero_point));
  }

  int8x16_t both_ends(const float* centre, const float* radius) const {
    const float32x4_t c0 = vld1q_f32(centre), c1 = vld1q_f32(centre + 4);
    const float32x4_t r0 = vld1q_f32(radius), r1 = vld1q_f32(radius + 4);
    const int16x8_t lo = narrow(vsubq_f32(c0, r0), vsubq_f32(c1, r1));
    const int16x8_t hi = narrow(vaddq_f32(c0, r0), vaddq_f32(c1, r1));
    return vminq_s8(vmaxq_s8(vqmovn_high_s16(vqmovn_s16(lo), hi), clamp_lo_), clamp_hi_);
  }

  void rows(const IntervalBoundsCall& call, std::int32_t c) const {
    std::int64_t i = c;
    for (std::int64_t row = 0; row < call.rows; ++row, i += call.channels) {
      const int8x16_t y = both_ends(call.centre + i, call.radius + i);
      vst1_s8(call.lo + i, vget_low_s8(y));
      vst1_s8(call.hi + i, vget_high_s8(y));
    }
  }

 private:
  /// Sums of both signs fit single floats exactly.
  int16x8_t narrow(float32x4_t sum0, float32x4_t sum1) const {
    const int32x4_t v0 = add_bias(vcvtq_s32_f32(sum0), shift_, bias_[0]);
    const int32x4_t v1 = add_bias(vcvtq_s32_f32(sum1), shift_, bias_[1]);
    const int32x4_t r0 = scale_and_round(v0, multiplier_[0]), r1 = scale_and_round(v1, multiplier_[1]);
    return vqaddq_s16(vqmovn_high_s32(vqmovn_s32(r0), r1), zero_point_);
  }

  int32x4_t bias_[2];
  float32x4_t multiplier_[2];
  int8x16_t clamp_lo_, clamp_hi_;  ///< of the 8 channels, twice
  int32x4_t shift_;  ///< fraction_bits - halve: halved sums are even, so nothing is lost to the right
  int16x8_t zero_point_;
};

}  // namespace

void interval_bounds_f32_s8_8x1_neon(const IntervalBoundsCall& call) { bounds_by_eight<IntegerBounds>(call); }

}  // namespace bulwark::kernels
