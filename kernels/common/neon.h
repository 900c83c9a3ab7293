// SPDX-License-Identifier: Apache-2.0
// arm_neon.h, and for 32-bit ARM the AArch64 intrinsics that the kernels of both use.
#pragma once

#include <arm_neon.h>

#ifndef __aarch64__

#include <cstdint>

namespace bulwark::kernels {

// Halves: AArch64 has instructions for the upper ones, 32-bit registers have a name for them.
static inline int16x8_t vmull_high_s8(int8x16_t a, int8x16_t b) {
  return vmull_s8(vget_high_s8(a), vget_high_s8(b));
}
static inline int16x8_t vmlal_high_s8(int16x8_t sum, int8x16_t a, int8x16_t b) {
  return vmlal_s8(sum, vget_high_s8(a), vget_high_s8(b));
}
static inline int32x4_t vmull_high_s16(int16x8_t a, int16x8_t b) {
  return vmull_s16(vget_high_s16(a), vget_high_s16(b));
}
static inline int16x8_t vsubl_high_s8(int8x16_t a, int8x16_t b) {
  return vsubl_s8(vget_high_s8(a), vget_high_s8(b));
}
static inline int16x8_t vaddw_high_s8(int16x8_t sum, int8x16_t a) { return vaddw_s8(sum, vget_high_s8(a)); }
static inline int32x4_t vaddw_high_s16(int32x4_t sum, int16x8_t a) {
  return vaddw_s16(sum, vget_high_s16(a));
}
static inline int64x2_t vaddw_high_s32(int64x2_t sum, int32x4_t a) {
  return vaddw_s32(sum, vget_high_s32(a));
}
static inline int16x8_t vmovl_high_s8(int8x16_t a) { return vmovl_s8(vget_high_s8(a)); }
static inline int32x4_t vmovl_high_s16(int16x8_t a) { return vmovl_s16(vget_high_s16(a)); }
static inline int64x2_t vmovl_high_s32(int32x4_t a) { return vmovl_s32(vget_high_s32(a)); }
static inline int16x8_t vqmovn_high_s32(int16x4_t low, int32x4_t a) {
  return vcombine_s16(low, vqmovn_s32(a));
}
static inline int8x16_t vqmovn_high_s16(int8x8_t low, int16x8_t a) { return vcombine_s8(low, vqmovn_s16(a)); }
static inline int32x4_t vpaddq_s32(int32x4_t a, int32x4_t b) {
  return vcombine_s32(vpadd_s32(vget_low_s32(a), vget_high_s32(a)),
                      vpadd_s32(vget_low_s32(b), vget_high_s32(b)));
}
static inline int16x8_t vuzp1q_s16(int16x8_t a, int16x8_t b) { return vuzpq_s16(a, b).val[0]; }
static inline uint16x8_t vcltzq_s16(int16x8_t a) { return vcltq_s16(a, vdupq_n_s16(0)); }
static inline uint32x4_t vcltzq_s32(int32x4_t a) { return vcltq_s32(a, vdupq_n_s32(0)); }

/// The larger one; of a number and a NaN, the number b.
static inline float32x4_t vmaxnmq_f32(float32x4_t a, float32x4_t b) {
  return vbslq_f32(vceqq_f32(a, a), vmaxq_f32(a, b), b);
}

/// NEON has no division on 32-bit ARM; VFP's is the IEEE one.
static inline float32x4_t vdivq_f32(float32x4_t a, float32x4_t b) {
  float x[4], y[4];
  vst1q_f32(x, a);
  vst1q_f32(y, b);
  for (int i = 0; i < 4; ++i) x[i] /= y[i];
  return vld1q_f32(x);
}

/// To nearest, ties to even, for values up to 2^22; larger ones end there, which the callers' narrowing to 16
/// bits hides. Adding 1.5 * 2^23 leaves the integer in the lower bits of the sum.
static inline int32x4_t vcvtnq_s32_f32(float32x4_t a) {
  const float32x4_t limit = vdupq_n_f32(4194303.0f);
  const float32x4_t bounded = vmaxq_f32(vminq_f32(a, limit), vnegq_f32(limit));
  const float32x4_t sum = vaddq_f32(bounded, vdupq_n_f32(12582912.0f));
  return vsubq_s32(vreinterpretq_s32_f32(sum), vdupq_n_s32(0x4B400000));
}

}  // namespace bulwark::kernels

#endif
