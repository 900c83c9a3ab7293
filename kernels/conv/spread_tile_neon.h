// SPDX-License-Identifier: Apache-2.0
// The 4x16 tile of 8-bit weights on AArch64 without dot product (spread_rows.h: half_lanes, depth_first). The
// kernels differ in how they make and add products, which is their QUAD(count), written with the macros
// below.
//
// Registers: v0-v3 weights and v4-v7 pixels of a quad, v8-v15 products of two pixels, the rest sums, which
// start from the bias. The loop is software-pipelined: the next quad is loaded before the last sums of this
// one are added. Loads stand apart and write no address back, which in-order cores like.
#pragma once

#include "kernels/conv/spread_neon.h"

// clang-format off
#define BW_PRODUCTS_4(insn, half, x, t0, t1, t2, t3)       \
  insn " " t0 ".8h, " x "." half ", v0." half "\n"         \
  insn " " t1 ".8h, " x "." half ", v1." half "\n"         \
  insn " " t2 ".8h, " x "." half ", v2." half "\n"         \
  insn " " t3 ".8h, " x "." half ", v3." half "\n"
/// Products of two pixels and 16 channels, in the halves `half` of the registers.
#define BW_PRODUCTS(insn, half, x0, x1)                    \
  BW_PRODUCTS_4(insn, half, x0, "v8", "v9", "v10", "v11")  \
  BW_PRODUCTS_4(insn, half, x1, "v12", "v13", "v14", "v15")
#define BW_ADD(sum, t) "sadalp " sum ".4s, " t ".8h\n"
#define BW_ADD_FIRST                                                               \
  BW_ADD("v16", "v8") BW_ADD("v17", "v9") BW_ADD("v18", "v10") BW_ADD("v19", "v11") \
  BW_ADD("v20", "v12") BW_ADD("v21", "v13") BW_ADD("v22", "v14") BW_ADD("v23", "v15")
#define BW_ADD_SECOND                                                              \
  BW_ADD("v24", "v8") BW_ADD("v25", "v9") BW_ADD("v26", "v10") BW_ADD("v27", "v11") \
  BW_ADD("v28", "v12") BW_ADD("v29", "v13") BW_ADD("v30", "v14") BW_ADD("v31", "v15")
#define BW_LOAD_WEIGHTS "ld1 {v0.16b, v1.16b, v2.16b, v3.16b}, [%[w]]\n"
#define BW_LOAD_PIXELS "ld1 {v4.16b, v5.16b, v6.16b, v7.16b}, [%[x]]\n"
#define BW_COPY(to, from) "mov " to ".16b, " from ".16b\n"
#define BW_NEXT(from) "add %[" from "], %[" from "], #64\n"
/// The last additions of a quad, with the loads of the next; `count` is an instruction that sets the flags of
/// the loop, or nothing.
#define BW_ADD_LAST_AND_LOAD(count)                                   \
  BW_LOAD_WEIGHTS                                                     \
  BW_ADD("v24", "v8")                                                 \
  BW_NEXT("w")                                                        \
  BW_ADD("v25", "v9") BW_ADD("v26", "v10") BW_ADD("v27", "v11")       \
  count                                                               \
  BW_ADD("v28", "v12")                                                \
  BW_LOAD_PIXELS                                                      \
  BW_ADD("v29", "v13") BW_ADD("v30", "v14") BW_ADD("v31", "v15")      \
  BW_NEXT("x")
/// The whole loop: sums s from x, w, start and the number of quads, which are lvalues that it spends.
#define BW_SUM_SPREAD_TILE(QUAD, s, x, w, start, quads)                                                              \
  register int32x4_t s00 __asm__("v16"), s01 __asm__("v17"), s02 __asm__("v18"), s03 __asm__("v19");                 \
  register int32x4_t s10 __asm__("v20"), s11 __asm__("v21"), s12 __asm__("v22"), s13 __asm__("v23");                 \
  register int32x4_t s20 __asm__("v24"), s21 __asm__("v25"), s22 __asm__("v26"), s23 __asm__("v27");                 \
  register int32x4_t s30 __asm__("v28"), s31 __asm__("v29"), s32 __asm__("v30"), s33 __asm__("v31");                 \
  __asm__ volatile(                                                                                                  \
      "ld1 {v16.4s, v17.4s, v18.4s, v19.4s}, [%[from]]\n"                                                            \
      BW_LOAD_WEIGHTS                                                                                                \
      BW_NEXT("w")                                                                                                   \
      BW_LOAD_PIXELS                                                                                                 \
      BW_NEXT("x")                                                                                                   \
      BW_COPY("v20", "v16") BW_COPY("v21", "v17") BW_COPY("v22", "v18") BW_COPY("v23", "v19")                        \
      BW_COPY("v24", "v16") BW_COPY("v25", "v17") BW_COPY("v26", "v18") BW_COPY("v27", "v19")                        \
      BW_COPY("v28", "v16") BW_COPY("v29", "v17") BW_COPY("v30", "v18") BW_COPY("v31", "v19")                        \
      "tbnz %[left], #0, 2f\n"                                                                                       \
      "1:\n"                                                                                                         \
      QUAD("")                                                                                                       \
      "2:\n"                                                                                                         \
      QUAD("subs %[left], %[left], #2\n")                                                                            \
      "b.gt 1b\n"                                                                                                    \
      : "=w"(s00), "=w"(s01), "=w"(s02), "=w"(s03), "=w"(s10), "=w"(s11), "=w"(s12), "=w"(s13), "=w"(s20), "=w"(s21), \
        "=w"(s22), "=w"(s23), "=w"(s30), "=w"(s31), "=w"(s32), "=w"(s33), [w] "+r"(w), [x] "+r"(x), [left] "+r"(quads) \
      : [from] "r"(start)                                                                                            \
      : "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13",      \
        "v14", "v15");                                                                                               \
  s[0][0] = s00, s[0][1] = s01, s[0][2] = s02, s[0][3] = s03;                                                        \
  s[1][0] = s10, s[1][1] = s11, s[1][2] = s12, s[1][3] = s13;                                                        \
  s[2][0] = s20, s[2][1] = s21, s[2][2] = s22, s[2][3] = s23;                                                        \
  s[3][0] = s30, s[3][1] = s31, s[3][2] = s32, s[3][3] = s33
// clang-format on
