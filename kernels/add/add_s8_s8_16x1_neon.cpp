// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/common/elementwise_neon.h"

namespace bulwark::kernels {
namespace {

struct Constants {
  explicit Constants(const AddCall& call)
      : multiplier_a(call.multiplier_a),
        multiplier_b(call.multiplier_b),
        bias(vdupq_n_s32(call.bias)),
        multiplier(vdupq_n_f32(call.multiplier)),
        zero_point(vdupq_n_s16(static_cast<std::int16_t>(call.zero_point))),
        lo(vdupq_n_s8(static_cast<std::int8_t>(call.lo))),
        hi(vdupq_n_s8(static_cast<std::int8_t>(call.hi))) {}
  std::int32_t multiplier_a, multiplier_b;
  int32x4_t bias;
  float32x4_t multiplier;
  int16x8_t zero_point;
  int8x16_t lo, hi;
};

int32x4_t add_4(int16x4_t a, int16x4_t b, const Constants& k) {
  const int32x4_t sum = vmlaq_n_s32(k.bias, vmovl_s16(a), k.multiplier_a);
  return scale_and_round(vmlaq_n_s32(sum, vmovl_s16(b), k.multiplier_b), k.multiplier);
}

int8x16_t add_16(int8x16_t a, int8x16_t b, const Constants& k) {
  const int16x8_t a0 = vmovl_s8(vget_low_s8(a)), a1 = vmovl_high_s8(a);
  const int16x8_t b0 = vmovl_s8(vget_low_s8(b)), b1 = vmovl_high_s8(b);
  return narrow_and_clamp(add_4(vget_low_s16(a0), vget_low_s16(b0), k),
                          add_4(vget_high_s16(a0), vget_high_s16(b0), k),
                          add_4(vget_low_s16(a1), vget_low_s16(b1), k),
                          add_4(vget_high_s16(a1), vget_high_s16(b1), k), k.zero_point, k.lo, k.hi);
}

}  // namespace

void add_s8_s8_16x1_neon(const AddCall& call) {
  const Constants k(call);
  for_each_pair_16(call, [&](int8x16_t a, int8x16_t b) { return add_16(a, b, k); });
}

}  // namespace bulwark::kernels
