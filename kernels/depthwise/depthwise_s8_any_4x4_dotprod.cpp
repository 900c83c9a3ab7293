// SPDX-License-Identifier: Apache-2.0
// 3x3 at stride 1 with sdot, 2x2 outputs of 16 channels at a time from 4x4 inputs. The four rows of a column,
// interleaved to one 32-bit lane per channel, hold the taps of both output rows: of four weights in a lane
// the first row has 0 in the last place, the second row in the first one.
//
//   int8 weights[output row 0..1][column 0..2][channel 0..15][input row 0..3]
//
// Registers: v0-v3 and v4-v7 sums of the two outputs, v8-v11 weights, v16-v31 four columns. Two tiles make
// one turn of the loop, so that columns stay in their registers.
#include "kernels/depthwise/bands_neon.h"
#include "kernels/depthwise/depthwise_kernels.h"

// clang-format off
#define BW_ZIP(a, b, c, d, x, y, z, w)                                                        \
  "zip1 " x ".16b, " a ".16b, " c ".16b\n"                                                    \
  "zip2 " y ".16b, " a ".16b, " c ".16b\n"                                                    \
  "zip1 " z ".16b, " b ".16b, " d ".16b\n"                                                    \
  "zip2 " w ".16b, " b ".16b, " d ".16b\n"
/// A column: four channels of the rows a-d in each of x-w.
#define BW_INTERLEAVE(a, b, c, d, x, y, z, w)                                                 \
  BW_ZIP(a, b, c, d, "v8", "v9", "v10", "v11")                                                \
  "zip1 " x ".16b, v8.16b, v10.16b\n"                                                         \
  "zip2 " y ".16b, v8.16b, v10.16b\n"                                                         \
  "zip1 " z ".16b, v9.16b, v11.16b\n"                                                         \
  "zip2 " w ".16b, v9.16b, v11.16b\n"
#define BW_LOAD_COLUMNS(x0, x1, x2, x3, y0, y1, y2, y3)                                       \
  "ldp q0, q1, [%[row0]], #128\n"                                                             \
  "ldp q2, q3, [%[row1]], #128\n"                                                             \
  "ldp q4, q5, [%[row2]], #128\n"                                                             \
  "ldp q6, q7, [%[row3]], #128\n"                                                             \
  BW_INTERLEAVE("v0", "v2", "v4", "v6", x0, x1, x2, x3)                                       \
  BW_INTERLEAVE("v1", "v3", "v5", "v7", y0, y1, y2, y3)

/// A column of weights for the first output's column and the second output's.
#define BW_DOT(weights, x0, x1, x2, x3, y0, y1, y2, y3)                                       \
  "ld1 {v8.16b, v9.16b, v10.16b, v11.16b}, [%[" weights "]]\n"                                \
  "sdot v0.4s, " x0 ".16b, v8.16b\n"                                                          \
  "sdot v1.4s, " x1 ".16b, v9.16b\n"                                                          \
  "sdot v2.4s, " x2 ".16b, v10.16b\n"                                                         \
  "sdot v3.4s, " x3 ".16b, v11.16b\n"                                                         \
  "sdot v4.4s, " y0 ".16b, v8.16b\n"                                                          \
  "sdot v5.4s, " y1 ".16b, v9.16b\n"                                                          \
  "sdot v6.4s, " y2 ".16b, v10.16b\n"                                                         \
  "sdot v7.4s, " y3 ".16b, v11.16b\n"

/// Sums of one output row from the columns x, y, z and w. v8-v11 are free then.
#define BW_SUM_ROW(...) BW_SUM_ROW_(__VA_ARGS__)
#define BW_SUM_ROW_(weights, x0, x1, x2, x3, y0, y1, y2, y3, z0, z1, z2, z3, w0, w1, w2, w3)  \
  "ld1 {v0.4s, v1.4s, v2.4s, v3.4s}, [%[bias]]\n"                                             \
  "ld1 {v4.4s, v5.4s, v6.4s, v7.4s}, [%[bias]]\n"                                             \
  BW_DOT(weights "0", x0, x1, x2, x3, y0, y1, y2, y3)                                         \
  BW_DOT(weights "1", y0, y1, y2, y3, z0, z1, z2, z3)                                         \
  BW_DOT(weights "2", z0, z1, z2, z3, w0, w1, w2, w3)
#define BW_FIRST_ROW(OUTPUT, ...) BW_SUM_ROW("w0", __VA_ARGS__) OUTPUT("output0", "v8", "v9", "v10", "v11")
#define BW_BOTH_ROWS(OUTPUT, ...) \
  BW_FIRST_ROW(OUTPUT, __VA_ARGS__) BW_SUM_ROW("w1", __VA_ARGS__) OUTPUT("output1", "v8", "v9", "v10", "v11")

#define BW_LEFT "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23"
#define BW_RIGHT "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31"
#define BW_LOAD(...) BW_LOAD_COLUMNS(__VA_ARGS__)

#define BW_MAKE_ROWS(OUTPUT, ROWS)                                                            \
  __asm__ volatile(                                                                           \
      BW_LOAD(BW_LEFT)                                                                        \
      "1:\n"                                                                                  \
      BW_LOAD(BW_RIGHT)                                                                       \
      ROWS(OUTPUT, BW_LEFT, BW_RIGHT)                                                         \
      BW_NEXT_TILE                                                                            \
      BW_LOAD(BW_LEFT)                                                                        \
      ROWS(OUTPUT, BW_RIGHT, BW_LEFT)                                                         \
      BW_NEXT_TURN                                                                            \
      : [row0] "+r"(row0), [row1] "+r"(row1), [row2] "+r"(row2), [row3] "+r"(row3),           \
        [output0] "+r"(output0), [output1] "+r"(output1), [columns] "+r"(columns),            \
        [second] "+r"(second)                                                                 \
      : [bias] "r"(block.record), [multiplier] "r"(block.record + depthwise::kMultiplier),    \
          [w00] "r"(weights),                       \
        [w01] "r"(weights + 64), [w02] "r"(weights + 128), [w10] "r"(weights + 192),          \
        [w11] "r"(weights + 256), [w12] "r"(weights + 320),                                   \
        [both] "r"(2 * block.output_pixel), [middle] "w"(block.constants.middle),                         \
        [zero] "w"(block.constants.zero)                                                          \
      : "memory", "cc", "x17", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10",    \
        "v11", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26",   \
        "v27", "v28", "v29", "v30", "v31")
// clang-format on

namespace bulwark::kernels {
namespace {

using depthwise::BandBlock;
using depthwise::BandRows;
using depthwise::OutputStage;

struct DotRows {
  using Packing = depthwise::BandPacking<depthwise::ColumnPairs, 1, 2, 0>;

  template <OutputStage kStage, bool kPair>
  static void make(const BandBlock& block, const BandRows& row) {
    const std::int8_t *row0 = row.input[0], *row1 = row.input[1], *row2 = row.input[2], *row3 = row.input[3];
    std::int8_t *output0 = row.output[0], *output1 = row.output[1];
    std::int64_t columns = block.columns - 1, second = columns > 0 ? block.output_pixel : 0;
    const std::uint8_t* weights = block.record + depthwise::kWeights;
#define BW_MAKE_IN_STAGE(ROWS)                                                           \
  if constexpr (kStage == OutputStage::plain) BW_MAKE_ROWS(BW_OUTPUT_PLAIN, ROWS);       \
  if constexpr (kStage == OutputStage::clamped) BW_MAKE_ROWS(BW_OUTPUT_CLAMPED, ROWS);   \
  if constexpr (kStage == OutputStage::fraction) BW_MAKE_ROWS(BW_OUTPUT_FRACTION, ROWS); \
  if constexpr (kStage == OutputStage::any) BW_MAKE_ROWS(BW_OUTPUT_ANY, ROWS)
    if constexpr (kPair) {
      BW_MAKE_IN_STAGE(BW_BOTH_ROWS);
    } else {
      BW_MAKE_IN_STAGE(BW_FIRST_ROW);
    }
  }
};

}  // namespace

BW_DEFINE_LINEAR_RUN(depthwise_s8_any_4x4_dotprod, depthwise::BandsNeon<DotRows>)

}  // namespace bulwark::kernels
