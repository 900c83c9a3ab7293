// SPDX-License-Identifier: Apache-2.0
// 3x3 at stride 2 with sdot, 16 channels of one output at a time. The three rows of a column, interleaved to
// one 32-bit lane per channel, are the taps of one sdot; every second column is the last one of an output and
// the first one of the next. The fourth weight of a lane is 0:
//
//   int8 weights[column 0..2][channel 0..15][input row 0..3]
//
// Registers: v0-v3 sums, v8-v19 three columns, v20-v31 weights. Two outputs make one turn of the loop, so
// that the column they share stays in its registers.
#include "kernels/depthwise/bands_neon.h"
#include "kernels/depthwise/depthwise_kernels.h"

// clang-format off
/// A column: four channels of three rows in each of x-w.
#define BW_LOAD_COLUMN(address0, address1, address2, x, y, z, w)  \
  "ldr q0, " address0 "\n"                                        \
  "ldr q1, " address1 "\n"                                        \
  "ldr q2, " address2 "\n"                                        \
  "zip1 v3.16b, v0.16b, v2.16b\n"                                 \
  "zip2 v0.16b, v0.16b, v2.16b\n"                                 \
  "zip1 v2.16b, v1.16b, v1.16b\n"                                 \
  "zip2 v1.16b, v1.16b, v1.16b\n"                                 \
  "zip1 " x ".16b, v3.16b, v2.16b\n"                              \
  "zip2 " y ".16b, v3.16b, v2.16b\n"                              \
  "zip1 " z ".16b, v0.16b, v1.16b\n"                              \
  "zip2 " w ".16b, v0.16b, v1.16b\n"
#define BW_LOAD_FIRST(...) BW_LOAD_COLUMN("[%[row0]]", "[%[row1]]", "[%[row2]]", __VA_ARGS__)
#define BW_LOAD_SECOND(...) BW_LOAD_COLUMN("[%[row0], #16]", "[%[row1], #16]", "[%[row2], #16]", __VA_ARGS__)
#define BW_LOAD_THIRD(...) BW_LOAD_COLUMN("[%[row0], #128]!", "[%[row1], #128]!", "[%[row2], #128]!", __VA_ARGS__)
#define BW_DOT(w0, w1, w2, w3, x, y, z, w)                        \
  "sdot v0.4s, " x ".16b, " w0 ".16b\n"                           \
  "sdot v1.4s, " y ".16b, " w1 ".16b\n"                           \
  "sdot v2.4s, " z ".16b, " w2 ".16b\n"                           \
  "sdot v3.4s, " w ".16b, " w3 ".16b\n"
#define BW_DOT_FIRST(...) BW_DOT("v20", "v21", "v22", "v23", __VA_ARGS__)
#define BW_DOT_SECOND BW_DOT("v24", "v25", "v26", "v27", "v12", "v13", "v14", "v15")
#define BW_DOT_THIRD(...) BW_DOT("v28", "v29", "v30", "v31", __VA_ARGS__)

#define BW_EVEN "v8", "v9", "v10", "v11"
#define BW_ODD "v16", "v17", "v18", "v19"
#define BW_MAKE_PIXEL(OUTPUT, FIRST, THIRD)                                                       \
  BW_LOAD_SECOND("v12", "v13", "v14", "v15")                                                      \
  BW_CALL(BW_LOAD_THIRD, THIRD)                                                                   \
  "ld1 {v0.4s, v1.4s, v2.4s, v3.4s}, [%[bias]]\n"                                                 \
  BW_CALL(BW_DOT_FIRST, FIRST) BW_DOT_SECOND BW_CALL(BW_DOT_THIRD, THIRD)                         \
  OUTPUT("v12", "v13", "v14", "v15")

#define BW_MAKE_ROW(OUTPUT)                                                                       \
  __asm__ volatile(                                                                               \
      "ldp q20, q21, [%[weights]]\n"                                                              \
      "ldp q22, q23, [%[weights], #32]\n"                                                         \
      "ldp q24, q25, [%[weights], #64]\n"                                                         \
      "ldp q26, q27, [%[weights], #96]\n"                                                         \
      "ldp q28, q29, [%[weights], #128]\n"                                                        \
      "ldp q30, q31, [%[weights], #160]\n"                                                        \
      BW_CALL(BW_LOAD_FIRST, BW_EVEN)                                                             \
      "1:\n"                                                                                      \
      BW_MAKE_PIXEL(OUTPUT, BW_EVEN, BW_ODD)                                                    \
      "subs %[columns], %[columns], #2\n"                                                         \
      "b.lt 2f\n"                                                                                 \
      BW_MAKE_PIXEL(OUTPUT, BW_ODD, BW_EVEN)                                                    \
      "b.gt 1b\n"                                                                                 \
      "2:\n"                                                                                      \
      : [row0] "+r"(row0), [row1] "+r"(row1), [row2] "+r"(row2), [output] "+r"(output),           \
        [columns] "+r"(columns)                                                                   \
      : [bias] "r"(block.record), [multiplier] "r"(block.record + depthwise::kMultiplier),        \
        [weights] "r"(block.record + depthwise::kWeights), [step] "r"(block.output_pixel),        \
        [middle] "w"(block.constants.middle), [zero] "w"(block.constants.zero)                    \
      : "memory", "cc", "x17", "v0", "v1", "v2", "v3", "v8", "v9", "v10", "v11", "v12", "v13", "v14",    \
        "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26",       \
        "v27", "v28", "v29", "v30", "v31")
// clang-format on

namespace bulwark::kernels {
namespace {

using depthwise::BandBlock;
using depthwise::BandRows;
using depthwise::OutputStage;

struct DotStride2 {
  using Packing = depthwise::BandPacking<depthwise::Columns, 2, 1, 0>;

  template <OutputStage kStage, bool>
  static void make(const BandBlock& block, const BandRows& row) {
    const std::int8_t *row0 = row.input[0], *row1 = row.input[1], *row2 = row.input[2];
    std::int8_t* output = row.output[0];
    std::int64_t columns = block.columns;
    if constexpr (kStage == OutputStage::plain) BW_MAKE_ROW(BW_OUTPUT_1_PLAIN);
    if constexpr (kStage == OutputStage::clamped) BW_MAKE_ROW(BW_OUTPUT_1_CLAMPED);
    if constexpr (kStage == OutputStage::fraction) BW_MAKE_ROW(BW_OUTPUT_1_FRACTION);
    if constexpr (kStage == OutputStage::any) BW_MAKE_ROW(BW_OUTPUT_1_ANY);
  }
};

}  // namespace

BW_DEFINE_LINEAR_RUN(depthwise_s8_any_3x3_dotprod, depthwise::BandsNeon<DotStride2>)

}  // namespace bulwark::kernels
