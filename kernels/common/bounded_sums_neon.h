// SPDX-License-Identifier: Apache-2.0
// The output stage of sums that bounded_sums.h admits: three float operations that any vector unit does and
// one narrowing step less than requantize_neon.h.
#pragma once

#include <arm_neon.h>

#include "kernels/common/bounded_sums.h"

namespace bulwark::kernels {

/// rne(float(v) * multiplier) + even in the low 16 bits, for sums v + kSumOffset and rounding = 1.5 * 2^23 +
/// even: an even number, which leaves ties as they are.
static inline int16x8_t scale_bounded(int32x4_t v, float32x4_t multiplier, float32x4_t rounding) {
  const float32x4_t offset = vreinterpretq_f32_s32(vdupq_n_s32(kSumOffset));
  const float32x4_t value = vsubq_f32(vreinterpretq_f32_s32(v), offset);
  return vreinterpretq_s16_f32(vaddq_f32(vmulq_f32(value, multiplier), rounding));
}

/// The same of 8 sums, as 16-bit numbers.
static inline int16x8_t scale_bounded(int32x4_t v0, int32x4_t v1, float32x4_t multiplier0,
                                      float32x4_t multiplier1, float32x4_t rounding) {
  return vuzp1q_s16(scale_bounded(v0, multiplier0, rounding), scale_bounded(v1, multiplier1, rounding));
}

}  // namespace bulwark::kernels
