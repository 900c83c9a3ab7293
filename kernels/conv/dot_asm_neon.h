// SPDX-License-Identifier: Apache-2.0
// The loop over a window's runs that the tiles with dot product instructions share, as assembly text.
//
// Registers: v0, v2, v4, v6 the next 16 bytes of each of 4 pixels (v1, v3, v5, v7 the 16 behind them) or, of
// fewer pixels, the first ones of these; v8-v15 weights and what a tile makes of the inputs; v16-v31 sums.
#pragma once

// clang-format off
/// An instruction for each pixel of a tile; x9-x12 point to what is read next.
#define BW_DOT_1(insn) insn("x9", "q0", "q1", "d0", "s0")
#define BW_DOT_2(insn) BW_DOT_1(insn) insn("x10", "q2", "q3", "d2", "s2")
#define BW_DOT_4(insn) BW_DOT_2(insn) insn("x11", "q4", "q5", "d4", "s4") insn("x12", "q6", "q7", "d6", "s6")
#define BW_DOT_POINTERS_1 "ldr x9, [%[pixels]]\n"
#define BW_DOT_POINTERS_2 "ldp x9, x10, [%[pixels]]\n"
#define BW_DOT_POINTERS_4 BW_DOT_POINTERS_2 "ldp x11, x12, [%[pixels], #16]\n"
#define BW_DOT_LOAD_32(x, q, r, d, s) "ldp " q ", " r ", [" x "], #32\n"
#define BW_DOT_LOAD_16(x, q, r, d, s) "ldr " q ", [" x "], #16\n"
#define BW_DOT_LOAD_8(x, q, r, d, s) "ldr " d ", [" x "], #8\n"
#define BW_DOT_LOAD_4(x, q, r, d, s) "ldr " s ", [" x "], #4\n"
#define BW_DOT_SKIP(x, q, r, d, s) "add " x ", " x ", %[skip]\n"

/// START sets the sums; STEP, HALF and REST multiply 16, 8 and up to 4 of depth of the first registers of
/// each pixel, SECOND 16 of the second ones. Sums are set beside multiplications, which hide the loads: before the
/// loop or, where there is none, before a first step of its own.
#define BW_DOT_RUNS(PIXELS, START, STEP, SECOND, HALF, REST)                                                       \
  "lsr %[n], %[run], #5\n"                                                                                         \
  "cbz %[n], 7f\n"                                                                                                 \
  START                                                                                                            \
  "1:\n"                                                                                                           \
  PIXELS(BW_DOT_LOAD_32)                                                                                           \
  "subs %[n], %[n], #1\n"                                                                                          \
  STEP                                                                                                             \
  SECOND                                                                                                           \
  "b.ne 1b\n"                                                                                                      \
  "2:\n"                                                                                                           \
  "tbz %[run], #4, 3f\n"                                                                                           \
  PIXELS(BW_DOT_LOAD_16)                                                                                           \
  STEP                                                                                                             \
  "3:\n"                                                                                                           \
  "tbz %[run], #3, 4f\n"                                                                                           \
  PIXELS(BW_DOT_LOAD_8)                                                                                            \
  HALF                                                                                                             \
  "4:\n"                                                                                                           \
  "tbz %[run], #2, 5f\n"                                                                                           \
  PIXELS(BW_DOT_LOAD_4)                                                                                            \
  REST                                                                                                             \
  "5:\n"                                                                                                           \
  "subs %[runs], %[runs], #1\n"                                                                                    \
  "b.eq 9f\n"                                                                                                      \
  PIXELS(BW_DOT_SKIP)                                                                                              \
  "lsr %[n], %[run], #5\n"                                                                                         \
  "cbnz %[n], 1b\n"                                                                                                \
  "b 2b\n"                                                                                                         \
  "7:\n"                                                                                                           \
  "tbz %[run], #4, 8f\n"                                                                                           \
  START                                                                                                            \
  PIXELS(BW_DOT_LOAD_16)                                                                                           \
  STEP                                                                                                             \
  "b 3b\n"                                                                                                         \
  "8:\n"                                                                                                           \
  START                                                                                                            \
  "b 3b\n"                                                                                                         \
  "9:\n"

/// The sums, where BW_DOT_RUNS leaves them: without names they would be moved there and back.
#define BW_DOT_SUMS                                                                                                \
  register int32x4_t s0 __asm__("v16"), s1 __asm__("v17"), s2 __asm__("v18"), s3 __asm__("v19"),                   \
      s4 __asm__("v20"), s5 __asm__("v21"), s6 __asm__("v22"), s7 __asm__("v23"), s8 __asm__("v24"),               \
      s9 __asm__("v25"), s10 __asm__("v26"), s11 __asm__("v27"), s12 __asm__("v28"), s13 __asm__("v29"),           \
      s14 __asm__("v30"), s15 __asm__("v31")
/// BW_DOT_RUNS as a statement on `DotInputs in`, for COUNT pixels.
#define BW_DOT_MULTIPLY(COUNT, START, STEP, SECOND, HALF, REST)                                                    \
  const std::uint8_t* w = in.weights;                                                                              \
  std::int64_t n, runs = in.runs;                                                                                  \
  BW_DOT_SUMS;                                                                                                     \
  __asm__ volatile(BW_DOT_POINTERS_##COUNT BW_DOT_RUNS(BW_DOT_##COUNT, START, STEP, SECOND, HALF, REST)            \
                   : "=w"(s0), "=w"(s1), "=w"(s2), "=w"(s3), "=w"(s4), "=w"(s5), "=w"(s6), "=w"(s7), "=w"(s8),     \
                     "=w"(s9), "=w"(s10), "=w"(s11), "=w"(s12), "=w"(s13), "=w"(s14), "=w"(s15), [w] "+r"(w),      \
                     [n] "=&r"(n), [runs] "+r"(runs)                                                               \
                   : [pixels] "r"(in.pixels), [run] "r"(in.run), [skip] "r"(in.skip), [start] "r"(in.start)        \
                   : "memory", "cc", "x9", "x10", "x11", "x12", "x13", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7",    \
                     "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15")
// clang-format on
