// SPDX-License-Identifier: Apache-2.0
// The output stages of sums that bounded_sums.h admits: float operations that any vector unit does, and one
// narrowing step less than requantize_neon.h.
#pragma once

#include "kernels/common/neon.h"

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

/// The same of 8 sums that started from kSumOffset, as 4 vectors of 16-bit numbers; multiplier(j) is that of
/// sum j.
template <typename Multiplier>
[[gnu::always_inline]] static inline void scale_bounded(const int32x4_t* sums, Multiplier multiplier,
                                                        float32x4_t rounding, int16x8_t* half) {
  int32x4_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3], s4 = sums[4], s5 = sums[5], s6 = sums[6],
            s7 = sums[7];
  // clang-format off
#define BW_EACH(insn, second) \
  insn " %0.4s, %0.4s, " second(8) insn " %1.4s, %1.4s, " second(9) insn " %2.4s, %2.4s, " second(10) \
  insn " %3.4s, %3.4s, " second(11) insn " %4.4s, %4.4s, " second(12) insn " %5.4s, %5.4s, " second(13) \
  insn " %6.4s, %6.4s, " second(14) insn " %7.4s, %7.4s, " second(15)
#define BW_OFFSET(n) "%[offset].4s\n"
#define BW_MULTIPLIER(n) "%" #n ".4s\n"
#define BW_ROUNDING(n) "%[rounding].4s\n"
  __asm__(BW_EACH("fsub", BW_OFFSET)
          BW_EACH("fmul", BW_MULTIPLIER)
          BW_EACH("fadd", BW_ROUNDING)
          "uzp1 %0.8h, %0.8h, %1.8h\n"
          "uzp1 %2.8h, %2.8h, %3.8h\n"
          "uzp1 %4.8h, %4.8h, %5.8h\n"
          "uzp1 %6.8h, %6.8h, %7.8h\n"
          : "+w"(s0), "+w"(s1), "+w"(s2), "+w"(s3), "+w"(s4), "+w"(s5), "+w"(s6), "+w"(s7)
          : "w"(multiplier(0)), "w"(multiplier(1)), "w"(multiplier(2)), "w"(multiplier(3)), "w"(multiplier(4)),
            "w"(multiplier(5)), "w"(multiplier(6)), "w"(multiplier(7)), [offset] "w"(vdupq_n_s32(kSumOffset)),
            [rounding] "w"(rounding));
#undef BW_EACH
#undef BW_OFFSET
#undef BW_MULTIPLIER
#undef BW_ROUNDING
  // clang-format on
  half[0] = vreinterpretq_s16_s32(s0), half[1] = vreinterpretq_s16_s32(s2);
  half[2] = vreinterpretq_s16_s32(s4), half[3] = vreinterpretq_s16_s32(s6);
}

}  // namespace bulwark::kernels
