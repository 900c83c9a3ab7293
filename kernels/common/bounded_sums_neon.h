// SPDX-License-Identifier: Apache-2.0
// The output stages of sums that bounded_sums.h admits: float operations that any vector unit does, and one
// narrowing step less than requantize_neon.h.
#pragma once

#include <arm_neon.h>

#include "kernels/common/bounded_sums.h"

namespace bulwark::kernels {

/// The float of a sum that started from kSumOffset.
static inline float32x4_t bounded_float(int32x4_t sum) {
  return vsubq_f32(vreinterpretq_f32_s32(sum), vreinterpretq_f32_s32(vdupq_n_s32(kSumOffset)));
}

/// rne(v * multiplier) + even in the low 16 bits of the lanes, where that fits them; for rounding = 1.5 *
/// 2^23 + even: an even number, which leaves ties as they are.
static inline int16x8_t round_bounded(float32x4_t v, float32x4_t multiplier, float32x4_t rounding) {
  return vreinterpretq_s16_f32(vaddq_f32(vmulq_f32(v, multiplier), rounding));
}

}  // namespace bulwark::kernels
