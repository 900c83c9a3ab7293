// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/wide/wide_neon.h"

namespace bulwark::kernels {
namespace {

struct Constants {
  explicit Constants(const MulWideCall& call)
      : multiplier(vdupq_n_f32(call.multiplier)),
        zero_point(vdupq_n_s16(static_cast<std::int16_t>(call.zero_point))),
        lo(vdupq_n_s16(static_cast<std::int16_t>(call.lo))),
        hi(vdupq_n_s16(static_cast<std::int16_t>(call.hi))) {}
  float32x4_t multiplier;
  int16x8_t zero_point, lo, hi;
};

int16x4_t scaled(int32x4_t product, float32x4_t multiplier) {
  return vqmovn_s32(vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(product), multiplier)));
}

int16x8_t mul_8(int16x8_t a, int16x8_t b, const Constants& k) {
  const int16x4_t low = scaled(vmull_s16(vget_low_s16(a), vget_low_s16(b)), k.multiplier);
  const int16x4_t high = scaled(vmull_high_s16(a, b), k.multiplier);
  return clamp(vqaddq_s16(vcombine_s16(low, high), k.zero_point), k.lo, k.hi);
}

}  // namespace

void mul_s16_any_8x1_neon(const MulWideCall& call) {
  const Constants k(call);
  std::int8_t* bytes = static_cast<std::int8_t*>(call.output);
  std::int16_t* words = static_cast<std::int16_t*>(call.output);
  for_each_8(
      call.count,
      [&](std::int64_t i) {
        const int16x8_t y = mul_8(vld1q_s16(call.a + i), vld1q_s16(call.b + i), k);
        call.output_s8 ? vst1_s8(bytes + i, vmovn_s16(y)) : vst1q_s16(words + i, y);
      },
      [&](std::int64_t i, std::size_t n) {
        const int16x8_t y = mul_8(load_first_8(call.a + i, n), load_first_8(call.b + i, n), k);
        if (!call.output_s8) return store_first_8(words + i, y, n);
        std::int8_t lanes[8];
        vst1_s8(lanes, vmovn_s16(y));
        std::memcpy(bytes + i, lanes, n);
      });
}

}  // namespace bulwark::kernels
