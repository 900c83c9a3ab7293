// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/common/elementwise_neon.h"

namespace bulwark::kernels {
namespace {

struct Constants {
  explicit Constants(const MulCall& call)
      : zero_point_a(vdupq_n_s8(static_cast<std::int8_t>(call.zero_point_a))),
        zero_point_b(vdupq_n_s8(static_cast<std::int8_t>(call.zero_point_b))),
        multiplier(vdupq_n_f32(call.multiplier)),
        zero_point(vdupq_n_s16(static_cast<std::int16_t>(call.zero_point))),
        lo(vdupq_n_s8(static_cast<std::int8_t>(call.lo))),
        hi(vdupq_n_s8(static_cast<std::int8_t>(call.hi))) {}
  int8x16_t zero_point_a, zero_point_b;
  float32x4_t multiplier;
  int16x8_t zero_point;
  int8x16_t lo, hi;
};

int8x16_t mul_16(int8x16_t a, int8x16_t b, const Constants& k) {
  const int16x8_t a0 = vsubl_s8(vget_low_s8(a), vget_low_s8(k.zero_point_a));
  const int16x8_t a1 = vsubl_high_s8(a, k.zero_point_a);
  const int16x8_t b0 = vsubl_s8(vget_low_s8(b), vget_low_s8(k.zero_point_b));
  const int16x8_t b1 = vsubl_high_s8(b, k.zero_point_b);
  return narrow_and_clamp(scale_and_round(vmull_s16(vget_low_s16(a0), vget_low_s16(b0)), k.multiplier),
                          scale_and_round(vmull_high_s16(a0, b0), k.multiplier),
                          scale_and_round(vmull_s16(vget_low_s16(a1), vget_low_s16(b1)), k.multiplier),
                          scale_and_round(vmull_high_s16(a1, b1), k.multiplier), k.zero_point, k.lo, k.hi);
}

}  // namespace

void mul_s8_s8_16x1_neon(const MulCall& call) {
  const Constants k(call);
  for_each_pair_16(call, [&](int8x16_t a, int8x16_t b) { return mul_16(a, b, k); });
}

}  // namespace bulwark::kernels
