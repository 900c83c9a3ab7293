// SPDX-License-Identifier: Apache-2.0
// The output stage of the linear kernels on AArch64 (schema/NUMERICS.md, "Linear"), vectorized.
//
// fcvtns saturates at int32 and the narrowing steps saturate at int16 and int8, so the float clamp of the
// specification is not needed: a value outside int16 ends at lo or hi either way.
#pragma once

#include "kernels/common/neon.h"

#include <cstdint>
#include <cstring>

namespace bulwark::kernels {

/// rne(float(v) * multiplier), saturated to int32.
static inline int32x4_t scale_and_round(int32x4_t v, float32x4_t multiplier) {
  return vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(v), multiplier));
}

/// (acc << fraction_bits) + bias; `shift` holds fraction_bits in each lane.
static inline int32x4_t add_bias(int32x4_t acc, int32x4_t shift, int32x4_t bias) {
  return vaddq_s32(vshlq_s32(acc, shift), bias);
}

/// sat8(sat16(r) + zero_point) of 8 rounded values.
static inline int8x8_t narrow(int32x4_t r0, int32x4_t r1, int16x8_t zero_point) {
  return vqmovn_s16(vqaddq_s16(vqmovn_high_s32(vqmovn_s32(r0), r1), zero_point));
}

/// The same, clamped.
static inline int8x8_t narrow_and_clamp(int32x4_t r0, int32x4_t r1, int16x8_t zero_point, int8x8_t lo,
                                        int8x8_t hi) {
  return vmin_s8(vmax_s8(narrow(r0, r1, zero_point), lo), hi);
}

/// sat8(sat16(r) + zero_point) of 16 values.
static inline int8x16_t narrow(int32x4_t r0, int32x4_t r1, int32x4_t r2, int32x4_t r3, int16x8_t zero_point) {
  const int16x8_t y0 = vqaddq_s16(vqmovn_high_s32(vqmovn_s32(r0), r1), zero_point);
  const int16x8_t y1 = vqaddq_s16(vqmovn_high_s32(vqmovn_s32(r2), r3), zero_point);
  return vqmovn_high_s16(vqmovn_s16(y0), y1);
}

/// The same, clamped.
static inline int8x16_t narrow_and_clamp(int32x4_t r0, int32x4_t r1, int32x4_t r2, int32x4_t r3,
                                         int16x8_t zero_point, int8x16_t lo, int8x16_t hi) {
  return vminq_s8(vmaxq_s8(narrow(r0, r1, r2, r3, zero_point), lo), hi);
}

/// The first `count` (1..16) lanes of a vector, without touching a byte behind them.
static inline void store_first(std::int8_t* output, int8x16_t value, std::size_t count) {
  if (count == 16) return vst1q_s8(output, value);
  if ((count & 8) != 0) {
    vst1_s8(output, vget_low_s8(value));
    output += 8;
    value = vextq_s8(value, value, 8);
  }
  std::uint64_t rest = vgetq_lane_u64(vreinterpretq_u64_s8(value), 0);
  if ((count & 4) != 0) {
    std::memcpy(output, &rest, 4);
    output += 4;
    rest >>= 32;
  }
  if ((count & 2) != 0) {
    std::memcpy(output, &rest, 2);
    output += 2;
    rest >>= 16;
  }
  if ((count & 1) != 0) std::memcpy(output, &rest, 1);
}

/// The same of 1..4 floats.
static inline void store_first(float* output, float32x4_t value, std::size_t count) {
  float lanes[4];
  vst1q_f32(lanes, value);
  std::memcpy(output, lanes, count * sizeof(float));
}

}  // namespace bulwark::kernels
