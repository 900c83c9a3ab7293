// SPDX-License-Identifier: Apache-2.0
// The transforms of inputs and outputs of kernels/conv/winograd.h.
#pragma once

#include "kernels/common/neon.h"

#include <cstdint>

#include "kernels/conv/winograd.h"

namespace bulwark::kernels::conv {

/// B^T d of 8 channels, `a` .. `s` being the differences d0 - d2, d5 - d3, 4 d2 - d4, 4 d1 - d3, d4 - d2,
/// d3 - d1.
[[gnu::always_inline]] static inline void combine_inputs(int16x8_t a, int16x8_t b, int16x8_t p, int16x8_t q,
                                                         int16x8_t r, int16x8_t s, int16x8_t* out,
                                                         std::int64_t step) {
  const int16x8_t twice = vaddq_s16(s, s);
  out[0] = vaddq_s16(vshlq_n_s16(a, 2), r);
  out[step] = vaddq_s16(p, q);
  out[2 * step] = vsubq_s16(p, q);
  out[3 * step] = vaddq_s16(r, twice);
  out[4 * step] = vsubq_s16(r, twice);
  out[5 * step] = vsubq_s16(b, vaddq_s16(twice, twice));
}

/// B^T x B of 8 channels of a window whose rows and pixels are so many bytes apart; places are 4 * 8 elements
/// apart.
[[gnu::always_inline]] static inline void transform_input(const std::int8_t* x, std::int64_t row,
                                                          std::int64_t pixel, std::int16_t* out) {
  int16x8_t t[6][6];
  const std::int64_t row2 = 2 * row, row3 = 3 * row, row4 = 4 * row, row5 = 5 * row;
#pragma GCC unroll 6
  for (int i = 0; i < 6; ++i, x += pixel) {
    const int8x8_t d0 = vld1_s8(x), d1 = vld1_s8(x + row), d2 = vld1_s8(x + row2), d3 = vld1_s8(x + row3),
                   d4 = vld1_s8(x + row4), d5 = vld1_s8(x + row5);
    combine_inputs(vsubl_s8(d0, d2), vsubl_s8(d5, d3), vsubw_s8(vshll_n_s8(d2, 2), d4),
                   vsubw_s8(vshll_n_s8(d1, 2), d3), vsubl_s8(d4, d2), vsubl_s8(d3, d1), &t[0][i], 6);
    // Loads of all columns at once would not fit the registers.
    __asm__ volatile("" ::: "memory");
  }
#pragma GCC unroll 6
  for (int i = 0; i < 6; ++i) {
    const int16x8_t* d = t[i];
    int16x8_t place[6];
    combine_inputs(vsubq_s16(d[0], d[2]), vsubq_s16(d[5], d[3]), vsubq_s16(vshlq_n_s16(d[2], 2), d[4]),
                   vsubq_s16(vshlq_n_s16(d[1], 2), d[3]), vsubq_s16(d[4], d[2]), vsubq_s16(d[3], d[1]), place,
                   1);
#pragma GCC unroll 6
    for (int j = 0; j < 6; ++j, out += kWinogradGroup * kWinogradDepth) vst1q_s16(out, place[j]);
  }
}

/// A^T m of 4 channels; out[i] is 24, 12, 6, 6 times the sum.
[[gnu::always_inline]] static inline void combine_sums(const uint32x4_t* m, std::int64_t step,
                                                       uint32x4_t* out, std::int64_t out_step) {
  const uint32x4_t s = vaddq_u32(m[step], m[2 * step]), d = vsubq_u32(m[step], m[2 * step]);
  const uint32x4_t t = vaddq_u32(m[3 * step], m[4 * step]), e = vsubq_u32(m[3 * step], m[4 * step]);
  out[0] = vaddq_u32(vaddq_u32(m[0], t), vshlq_n_u32(s, 2));
  out[out_step] = vaddq_u32(vaddq_u32(d, d), e);
  out[2 * out_step] = vaddq_u32(s, t);
  out[3 * out_step] = vaddq_u32(vaddq_u32(d, m[5 * step]), vaddq_u32(e, e));
}

/// v / (9 << kShift), which is whole, of sums modulo 2^32: 9 * 0x38e38e39 = 1.
template <int kShift>
[[gnu::always_inline]] static inline int32x4_t divide_sum(uint32x4_t v) {
  return vshrq_n_s32(vreinterpretq_s32_u32(vmulq_u32(v, vdupq_n_u32(0x38e38e39u))), kShift);
}

/// The convolution's sums of a row of a tile, whose places are 9 << kShift, ... times as large.
template <int kShift>
[[gnu::always_inline]] static inline void finish_row(const uint32x4_t* t, int32x4_t* out) {
  uint32x4_t sums[4];
  combine_sums(t, 1, sums, 1);
  out[0] = divide_sum<kShift + 2>(sums[0]);
  out[1] = divide_sum<kShift + 1>(sums[1]);
  out[2] = divide_sum<kShift>(sums[2]);
  out[3] = divide_sum<kShift>(sums[3]);
}

/// The convolution's sums of a tile and 4 channels, out[y][x]; places are 4 * 16 elements apart.
[[gnu::always_inline]] static inline void transform_sums(const std::int32_t* sums, int32x4_t (*out)[4]) {
  constexpr std::int64_t kStep = kWinogradGroup * kWinogradChannels;
  uint32x4_t t[4][6];
#pragma GCC unroll 6
  for (int x = 0; x < 6; ++x) {
    uint32x4_t m[6];
#pragma GCC unroll 6
    for (int y = 0; y < 6; ++y) m[y] = vreinterpretq_u32_s32(vld1q_s32(sums + (6 * y + x) * kStep));
    combine_sums(m, 1, &t[0][x], 6);
  }
  finish_row<4>(t[0], out[0]);
  finish_row<3>(t[1], out[1]);
  finish_row<2>(t[2], out[2]);
  finish_row<2>(t[3], out[3]);
}

}  // namespace bulwark::kernels::conv
