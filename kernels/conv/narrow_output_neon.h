// SPDX-License-Identifier: Apache-2.0
// The end of an assembly tile of 4 pixels x 16 channels whose sums fit 16 bits: requantizes as
// narrow_requantize.h says and stores. Macros, so that kernels keep sums in registers.
//
// Vectors of 8 channels: l0-l3 the first 8 of each pixel, h0-h3 the others. Constants of the record in
// v24-v27 (multipliers, offsets), v28-v30 (shift, down, base), `lo` and `hi`. Steps of four operations and more
// hide each other's latency.
#pragma once

#include "kernels/conv/spread_rows.h"

// clang-format off
#define BW_FOUR(insn, a0, a1, a2, a3, type, last)                                                  \
  insn " " a0 "." type ", " a0 "." type ", " last "\n"                                             \
  insn " " a1 "." type ", " a1 "." type ", " last "\n"                                             \
  insn " " a2 "." type ", " a2 "." type ", " last "\n"                                             \
  insn " " a3 "." type ", " a3 "." type ", " last "\n"
#define BW_FOUR_HIGH(insn, a0, a1, a2, a3, to, b0, b1, b2, b3, last)                               \
  insn " " a0 "." to ", " b0 ".8h, " last "\n"                                                     \
  insn " " a1 "." to ", " b1 ".8h, " last "\n"                                                     \
  insn " " a2 "." to ", " b2 ".8h, " last "\n"                                                     \
  insn " " a3 "." to ", " b3 ".8h, " last "\n"
#define BW_NARROW_OUTPUT(l0, l1, l2, l3, h0, h1, h2, h3, lo, hi)                                   \
  BW_FOUR("sqshl", l0, l1, l2, l3, "8h", "v28.8h")                                                 \
  BW_FOUR("sqshl", h0, h1, h2, h3, "8h", "v28.8h")                                                 \
  BW_FOUR("sqdmulh", l0, l1, l2, l3, "8h", "v24.8h")                                               \
  BW_FOUR("sqdmulh", h0, h1, h2, h3, "8h", "v25.8h")                                               \
  BW_FOUR_HIGH("addhn", l0, l1, l2, l3, "8b", l0, l1, l2, l3, "v26.8h")                            \
  BW_FOUR_HIGH("addhn2", l0, l1, l2, l3, "16b", h0, h1, h2, h3, "v27.8h")                          \
  BW_FOUR("sshl", l0, l1, l2, l3, "16b", "v29.16b")                                                \
  BW_FOUR("sqadd", l0, l1, l2, l3, "16b", "v30.16b")                                               \
  BW_FOUR("smax", l0, l1, l2, l3, "16b", lo ".16b")                                                \
  BW_FOUR("smin", l0, l1, l2, l3, "16b", hi ".16b")
/// Addresses of those constants, for the loads below.
#define BW_NARROW_ADDRESSES(record, channels, all, range)                                          \
  "add " channels ", " record ", %[channels_at]\n"                                                 \
  "add " all ", " record ", %[all_at]\n"                                                           \
  "add " range ", " record ", %[range_at]\n"
#define BW_NARROW_OFFSETS                                                                          \
  [channels_at] "i"(conv::kSpreadMultiplier), [all_at] "i"(conv::kSpreadShift), [range_at] "i"(conv::kSpreadLo)
#define BW_NARROW_CHANNELS(from) "ld1 {v24.8h, v25.8h, v26.8h, v27.8h}, [" from "]\n"
#define BW_NARROW_ALL(from) "ld1 {v28.16b, v29.16b, v30.16b}, [" from "]\n"
#define BW_NARROW_RANGE(lo, hi, from) "ld1 {" lo ".16b, " hi ".16b}, [" from "]\n"
// clang-format on
