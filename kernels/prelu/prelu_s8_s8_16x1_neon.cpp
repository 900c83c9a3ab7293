// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/common/elementwise_neon.h"

namespace bulwark::kernels {
namespace {

struct Constants {
  explicit Constants(const PreluCall& call)
      : zero_point_a(vdupq_n_s8(static_cast<std::int8_t>(call.zero_point_a))),
        zero_point_b(vdupq_n_s8(static_cast<std::int8_t>(call.zero_point_b))),
        multiplier(vdupq_n_f32(call.multiplier)),
        slope_multiplier(vdupq_n_f32(call.slope_multiplier)),
        zero_point(vdupq_n_s16(static_cast<std::int16_t>(call.zero_point))),
        lo(vdupq_n_s8(static_cast<std::int8_t>(call.lo))),
        hi(vdupq_n_s8(static_cast<std::int8_t>(call.hi))) {}
  int8x16_t zero_point_a, zero_point_b;
  float32x4_t multiplier, slope_multiplier;
  int16x8_t zero_point;
  int8x16_t lo, hi;
};

/// Four differences d, with the slope where they are negative and 1 elsewhere.
int32x4_t prelu_4(int16x4_t d, int16x4_t slope, const Constants& k) {
  const uint32x4_t negative = vcltzq_s32(vmovl_s16(d));
  return scale_and_round(vmull_s16(d, slope), vbslq_f32(negative, k.slope_multiplier, k.multiplier));
}

int8x16_t prelu_16(int8x16_t a, int8x16_t b, const Constants& k) {
  const int16x8_t one = vdupq_n_s16(1);
  const int16x8_t a0 = vsubl_s8(vget_low_s8(a), vget_low_s8(k.zero_point_a));
  const int16x8_t a1 = vsubl_high_s8(a, k.zero_point_a);
  const int16x8_t b0 = vsubl_s8(vget_low_s8(b), vget_low_s8(k.zero_point_b));
  const int16x8_t b1 = vsubl_high_s8(b, k.zero_point_b);
  const int16x8_t s0 = vbslq_s16(vcltzq_s16(a0), b0, one), s1 = vbslq_s16(vcltzq_s16(a1), b1, one);
  return narrow_and_clamp(prelu_4(vget_low_s16(a0), vget_low_s16(s0), k),
                          prelu_4(vget_high_s16(a0), vget_high_s16(s0), k),
                          prelu_4(vget_low_s16(a1), vget_low_s16(s1), k),
                          prelu_4(vget_high_s16(a1), vget_high_s16(s1), k), k.zero_point, k.lo, k.hi);
}

}  // namespace

void prelu_s8_s8_16x1_neon(const PreluCall& call) {
  const Constants k(call);
  for_each_pair_16(call, [&](int8x16_t a, int8x16_t b) { return prelu_16(a, b, k); });
}

}  // namespace bulwark::kernels
