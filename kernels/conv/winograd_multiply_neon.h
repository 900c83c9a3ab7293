// SPDX-License-Identifier: Apache-2.0
// One place of 4 tiles times 16 output channels of kernels/conv/winograd.h: 16-bit operands, 32-bit sums.
#pragma once

#include "kernels/common/neon.h"

#include <cstdint>

#include "kernels/conv/winograd.h"

namespace bulwark::kernels::conv {

// Registers: v0-v3 and v4-v7 8 channels of 4 tiles, one step's loaded while the other's are multiplied;
// v8-v11 and v12-v15 the weights of 2 channels each, likewise; v16-v31 sums. Loads run ahead by up to a step.
// In-order cores like loads that stand apart and write no address back, and additions of addresses together,
// hence a pointer for each load.
// clang-format off
#define BW_TILE(insn, x, lane, w0, w1, s0, s1, s2, s3)     \
  insn " " s0 ".4s, " w0 ".4h, " x ".h[" lane "]\n"        \
  insn "2 " s1 ".4s, " w0 ".8h, " x ".h[" lane "]\n"       \
  insn " " s2 ".4s, " w1 ".4h, " x ".h[" lane "]\n"        \
  insn "2 " s3 ".4s, " w1 ".8h, " x ".h[" lane "]\n"
#define BW_CHANNEL(insn, x0, x1, x2, x3, lane, w0, w1, load)        \
  BW_TILE(insn, x0, lane, w0, w1, "v16", "v17", "v18", "v19") load  \
  BW_TILE(insn, x1, lane, w0, w1, "v20", "v21", "v22", "v23")       \
  BW_TILE(insn, x2, lane, w0, w1, "v24", "v25", "v26", "v27")       \
  BW_TILE(insn, x3, lane, w0, w1, "v28", "v29", "v30", "v31")
#define BW_LOAD(v0, v1, v2, v3, from) "ld1 {" v0 ".8h, " v1 ".8h, " v2 ".8h, " v3 ".8h}, [%[" from "]]\n"
#define BW_FIRST(from) BW_LOAD("v8", "v9", "v10", "v11", from)
#define BW_SECOND(from) BW_LOAD("v12", "v13", "v14", "v15", from)
#define BW_NEXT                                            \
  "add %[w0], %[w0], #256\n"                               \
  "add %[w1], %[w1], #256\n"                               \
  "add %[w2], %[w2], #256\n"                               \
  "add %[w3], %[w3], #256\n"                               \
  "add %[x], %[x], %[step]\n"                              \
  "subs %[steps], %[steps], #1\n"
/// 8 channels, the first of them by `insn`.
#define BW_STEP(insn, x0, x1, x2, x3, load_x)                                            \
  BW_CHANNEL(insn, x0, x1, x2, x3, "0", "v8", "v9", BW_SECOND("w1"))                     \
  BW_CHANNEL("smlal", x0, x1, x2, x3, "1", "v10", "v11", load_x)                         \
  BW_CHANNEL("smlal", x0, x1, x2, x3, "2", "v12", "v13", BW_FIRST("w2"))                 \
  BW_CHANNEL("smlal", x0, x1, x2, x3, "3", "v14", "v15", "")                             \
  BW_CHANNEL("smlal", x0, x1, x2, x3, "4", "v8", "v9", BW_SECOND("w3"))                  \
  BW_CHANNEL("smlal", x0, x1, x2, x3, "5", "v10", "v11", BW_NEXT)                        \
  BW_CHANNEL("smlal", x0, x1, x2, x3, "6", "v12", "v13", BW_FIRST("w0"))                 \
  BW_CHANNEL("smlal", x0, x1, x2, x3, "7", "v14", "v15", "")
#define BW_EVEN_STEP(insn) BW_STEP(insn, "v0", "v1", "v2", "v3", BW_LOAD("v4", "v5", "v6", "v7", "x"))
#define BW_ODD_STEP BW_STEP("smlal", "v4", "v5", "v6", "v7", BW_LOAD("v0", "v1", "v2", "v3", "x"))
// clang-format on

/// sums[tile][channel] = sum over `steps` steps of 8 input channels of x[step][tile][c] *
/// w[step][c][channel]. Steps of x are kWinogradStep apart. Reads up to a step of x and 64 bytes of w behind
/// the end.
[[gnu::always_inline]] static inline void multiply_place(const std::int16_t* x, const std::int16_t* w,
                                                         std::int64_t steps, std::int32_t* sums) {
  const std::int16_t *w0 = w, *w1 = w + 32, *w2 = w + 64, *w3 = w + 96;
  __asm__ volatile(
      BW_LOAD("v0", "v1", "v2", "v3", "x")
      BW_FIRST("w0")
      "add %[x], %[x], %[step]\n"
      BW_EVEN_STEP("smull")
      "b.eq 2f\n"
      "1:\n"
      BW_ODD_STEP
      "b.eq 2f\n"
      BW_EVEN_STEP("smlal")
      "b.ne 1b\n"
      "2:\n"
      "stp q16, q17, [%[sums]]\n"
      "stp q18, q19, [%[sums], #32]\n"
      "stp q20, q21, [%[sums], #64]\n"
      "stp q22, q23, [%[sums], #96]\n"
      "stp q24, q25, [%[sums], #128]\n"
      "stp q26, q27, [%[sums], #160]\n"
      "stp q28, q29, [%[sums], #192]\n"
      "stp q30, q31, [%[sums], #224]\n"
      : [x] "+r"(x), [w0] "+r"(w0), [w1] "+r"(w1), [w2] "+r"(w2), [w3] "+r"(w3), [steps] "+r"(steps)
      : [sums] "r"(sums), [step] "r"(kWinogradStep * static_cast<std::int64_t>(sizeof(std::int16_t)))
      : "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13",
        "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27",
        "v28", "v29", "v30", "v31");
}

#undef BW_TILE
#undef BW_CHANNEL
#undef BW_LOAD
#undef BW_FIRST
#undef BW_SECOND
#undef BW_NEXT
#undef BW_STEP
#undef BW_EVEN_STEP
#undef BW_ODD_STEP

/// s[channel] += x[kLane] * w[channel], of 16 channels.
template <int kLane>
[[gnu::always_inline]] static inline void multiply_channel(int16x8_t x, int16x8_t w0, int16x8_t w1,
                                                           int32x4_t* s) {
  s[0] = vmlal_laneq_s16(s[0], vget_low_s16(w0), x, kLane);
  s[1] = vmlal_high_laneq_s16(s[1], w0, x, kLane);
  s[2] = vmlal_laneq_s16(s[2], vget_low_s16(w1), x, kLane);
  s[3] = vmlal_high_laneq_s16(s[3], w1, x, kLane);
}

/// multiply_place() of the first of the 4 tiles alone: the last tiles of a picture are often one, not four.
static inline void multiply_tile(const std::int16_t* x, const std::int16_t* w, std::int64_t steps,
                                 std::int32_t* sums) {
  int32x4_t even[4], odd[4];
  for (int i = 0; i < 4; ++i) even[i] = odd[i] = vdupq_n_s32(0);
  for (; steps > 0; --steps, x += kWinogradStep, w += kWinogradDepth * kWinogradChannels) {
    const int16x8_t c = vld1q_s16(x);
    const int16x8x4_t w01 = vld1q_s16_x4(w), w23 = vld1q_s16_x4(w + 32), w45 = vld1q_s16_x4(w + 64),
                      w67 = vld1q_s16_x4(w + 96);
    multiply_channel<0>(c, w01.val[0], w01.val[1], even);
    multiply_channel<1>(c, w01.val[2], w01.val[3], odd);
    multiply_channel<2>(c, w23.val[0], w23.val[1], even);
    multiply_channel<3>(c, w23.val[2], w23.val[3], odd);
    multiply_channel<4>(c, w45.val[0], w45.val[1], even);
    multiply_channel<5>(c, w45.val[2], w45.val[3], odd);
    multiply_channel<6>(c, w67.val[0], w67.val[1], even);
    multiply_channel<7>(c, w67.val[2], w67.val[3], odd);
  }
  for (int i = 0; i < 4; ++i) {
    // Modulo 2^32.
    const uint32x4_t sum = vaddq_u32(vreinterpretq_u32_s32(even[i]), vreinterpretq_u32_s32(odd[i]));
    vst1q_s32(sums + 4 * i, vreinterpretq_s32_u32(sum));
  }
}

}  // namespace bulwark::kernels::conv
