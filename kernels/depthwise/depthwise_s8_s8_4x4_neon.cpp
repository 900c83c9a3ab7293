// SPDX-License-Identifier: Apache-2.0
// 3x3 at stride 1 without dot product, 2x2 outputs of 16 channels at a time from 4x4 inputs, for 8-bit
// operands of which two products fit 16 bits (all but a weight of -128 meeting an input of -128).
//
// Two taps of a channel lie side by side, so that sadalp adds them where single products take two additions:
// the middle two of the four input rows, which both output rows need, are interleaved once per column; the
// outer rows have their middle two columns interleaved, which both output columns need. The ninth tap is
// multiplied by itself; widened, it is added to the bias. For each output row the weights are
//
//   int8 middle[3][16][2]      the middle rows, column by column
//   int8 outer[16][2]          the outer row: its pair of columns, for the first output
//   for either row that may be made next:
//     int8 outer[16][2]        the same for the second output
//     int8 left[16]            of the next row, the outer row's tap on the first column for the first output,
//     int8 right[16]           and on the fourth one for the second output
//
// Registers: v0-v3 and v4-v7 sums of the two outputs, v8-v11 weights, v12-v15 products, v16-v23 the middle
// rows of four columns, v24-v29 the outer rows. Two tiles make one turn of the loop, so that columns stay in
// their registers. No load but the rows' writes its address back: in-order cores wait for that.
#include "kernels/depthwise/bands_neon.h"
#include "kernels/depthwise/depthwise_kernels.h"

// clang-format off
/// Products of 16 channels' pairs in xl and xh.
#define BW_PAIRS(insn, xl, xh, wl, wh)                       \
  insn " v12.8h, " xl ".8b, " wl ".8b\n"                      \
  insn "2 v13.8h, " xl ".16b, " wl ".16b\n"                   \
  insn " v14.8h, " xh ".8b, " wh ".8b\n"                     \
  insn "2 v15.8h, " xh ".16b, " wh ".16b\n"
#define BW_ADD_PAIRS(s0, s1, s2, s3)                         \
  "sadalp " s0 ".4s, v12.8h\n"                                \
  "sadalp " s1 ".4s, v13.8h\n"                                \
  "sadalp " s2 ".4s, v14.8h\n"                               \
  "sadalp " s3 ".4s, v15.8h\n"
#define BW_ADD_FIRST BW_ADD_PAIRS("v0", "v1", "v2", "v3")
#define BW_ADD_SECOND BW_ADD_PAIRS("v4", "v5", "v6", "v7")

/// The next two columns of the middle rows.
#define BW_LOAD_MIDDLE(c2l, c2h, c3l, c3h)                   \
  "ldp q12, q13, [%[row1]], #128\n"                          \
  "ldp q14, q15, [%[row2]], #128\n"                          \
  "zip1 " c2l ".16b, v12.16b, v14.16b\n"                     \
  "zip2 " c2h ".16b, v12.16b, v14.16b\n"                     \
  "zip1 " c3l ".16b, v13.16b, v15.16b\n"                     \
  "zip2 " c3h ".16b, v13.16b, v15.16b\n"

/// Sums of one output row: c0-c3 the middle rows' columns, o0-o3 (registers' numbers) the outer row's. v10 and
/// v11 hold its `left` and `right`, and in the end those of the row that is made next. v12-v15
/// are free then.
#define BW_SUM_ROW(...) BW_SUM_ROW_(__VA_ARGS__)
#define BW_SUM_ROW_(row, w, next, c0l, c0h, c1l, c1h, c2l, c2h, c3l, c3h, o0, o1, o2, o3)  \
  "ldp q" o2 ", q" o3 ", [%[" row "]], #128\n"               \
  "ld1 {v12.4s, v13.4s, v14.4s, v15.4s}, [%[bias]]\n"        \
  "smull v1.8h, v" o0 ".8b, v10.8b\n"                        \
  "smull2 v3.8h, v" o0 ".16b, v10.16b\n"                     \
  "smull v5.8h, v" o3 ".8b, v11.8b\n"                        \
  "smull2 v7.8h, v" o3 ".16b, v11.16b\n"                     \
  "ld1 {v8.16b, v9.16b, v10.16b, v11.16b}, [%[" w "0]]\n"    \
  "zip1 v" o0 ".16b, v" o1 ".16b, v" o2 ".16b\n"             \
  "zip2 v" o1 ".16b, v" o1 ".16b, v" o2 ".16b\n"             \
  "saddw v0.4s, v12.4s, v1.4h\n"                             \
  "saddw2 v1.4s, v13.4s, v1.8h\n"                            \
  "saddw v2.4s, v14.4s, v3.4h\n"                             \
  "saddw2 v3.4s, v15.4s, v3.8h\n"                            \
  "saddw v4.4s, v12.4s, v5.4h\n"                             \
  "saddw2 v5.4s, v13.4s, v5.8h\n"                            \
  "saddw v6.4s, v14.4s, v7.4h\n"                             \
  "saddw2 v7.4s, v15.4s, v7.8h\n"                            \
  BW_PAIRS("smull", c0l, c0h, "v8", "v9")                    \
  BW_PAIRS("smlal", c1l, c1h, "v10", "v11")                  \
  BW_ADD_FIRST                                               \
  BW_PAIRS("smull", c1l, c1h, "v8", "v9")                    \
  BW_PAIRS("smlal", c2l, c2h, "v10", "v11")                  \
  "ld1 {v8.16b, v9.16b, v10.16b, v11.16b}, [%[" w "1]]\n"    \
  BW_ADD_SECOND                                              \
  BW_PAIRS("smull", c2l, c2h, "v8", "v9")                    \
  BW_PAIRS("smlal", "v" o0, "v" o1, "v10", "v11")            \
  BW_ADD_FIRST                                               \
  BW_PAIRS("smull", c3l, c3h, "v8", "v9")                    \
  "ld1 {v8.16b, v9.16b, v10.16b, v11.16b}, [%[" w next "]]\n" \
  BW_PAIRS("smlal", "v" o0, "v" o1, "v8", "v9")              \
  BW_ADD_SECOND

#define BW_EVEN "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23"
#define BW_ODD "v20", "v21", "v22", "v23", "v16", "v17", "v18", "v19"
#define BW_FIRST_ROW_OF_EVEN(OUTPUT, NEXT) BW_SUM_ROW("row0", "w0", NEXT, BW_EVEN, "24", "25", "28", "29") OUTPUT("output0", "v12", "v13", "v14", "v15")
#define BW_SECOND_ROW_OF_EVEN(OUTPUT) BW_SUM_ROW("row3", "w1", "3", BW_EVEN, "26", "27", "24", "25") OUTPUT("output1", "v12", "v13", "v14", "v15")
#define BW_SECOND_ROW_OF_ODD(OUTPUT) BW_SUM_ROW("row3", "w1", "2", BW_ODD, "24", "25", "26", "27") OUTPUT("output1", "v12", "v13", "v14", "v15")
#define BW_FIRST_ROW_OF_ODD(OUTPUT) BW_SUM_ROW("row0", "w0", "2", BW_ODD, "28", "29", "24", "25") OUTPUT("output0", "v12", "v13", "v14", "v15")
#define BW_NOTHING(OUTPUT)

#define BW_MAKE_ROWS(OUTPUT, NEXT, SECOND_OF_EVEN, SECOND_OF_ODD)                                            \
  __asm__ volatile(                                                                                    \
      BW_LOAD_MIDDLE("v16", "v17", "v18", "v19")                                                       \
      "ldp q24, q25, [%[row0]], #128\n"                                                                \
      "ldp q26, q27, [%[row3]], #128\n"                                                                \
      "ldp q10, q11, [%[w02], #32]\n"                                                                  \
      "1:\n"                                                                                           \
      BW_LOAD_MIDDLE("v20", "v21", "v22", "v23")                                                       \
      BW_FIRST_ROW_OF_EVEN(OUTPUT, NEXT)                                                                     \
      SECOND_OF_EVEN(OUTPUT)                                                                           \
      BW_NEXT_TILE                                                                                     \
      BW_LOAD_MIDDLE("v16", "v17", "v18", "v19")                                                       \
      SECOND_OF_ODD(OUTPUT)                                                                            \
      BW_FIRST_ROW_OF_ODD(OUTPUT)                                                                      \
      BW_NEXT_TURN                                                                                     \
      : [row0] "+r"(row0), [row1] "+r"(row1), [row2] "+r"(row2), [row3] "+r"(row3),                    \
        [output0] "+r"(output0), [output1] "+r"(output1), [columns] "+r"(columns), [second] "+r"(second) \
      : [bias] "r"(bias), [multiplier] "r"(bias + kMultiplier),                 \
        [w00] "r"(weights), [w01] "r"(weights + 64), [w02] "r"(weights + 128),                         \
        [w03] "r"(weights + 192), [w10] "r"(weights + 256), [w11] "r"(weights + 320),                  \
        [w12] "r"(weights + 384), [w13] "r"(weights + 448), [both] "r"(2 * block.output_pixel),        \
        [middle] "w"(block.constants.middle), [zero] "w"(block.constants.zero)                                           \
      : "memory", "cc", "x17", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11",      \
        "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24",     \
        "v25", "v26", "v27", "v28", "v29")
// clang-format on

namespace bulwark::kernels {
namespace {

using depthwise::BandBlock;
using depthwise::BandRows;
using depthwise::OutputStage;

struct PairRows {
  using Packing = depthwise::BandPacking<depthwise::PairsOfTaps, 1, 2, 2>;

#define BW_MAKE_IN_STAGE(...)                                                                   \
  if constexpr (kStage == OutputStage::plain) BW_MAKE_ROWS(BW_OUTPUT_PLAIN, __VA_ARGS__);       \
  if constexpr (kStage == OutputStage::clamped) BW_MAKE_ROWS(BW_OUTPUT_CLAMPED, __VA_ARGS__);   \
  if constexpr (kStage == OutputStage::fraction) BW_MAKE_ROWS(BW_OUTPUT_FRACTION, __VA_ARGS__); \
  if constexpr (kStage == OutputStage::any) BW_MAKE_ROWS(BW_OUTPUT_ANY, __VA_ARGS__)

  template <OutputStage kStage, bool kPair>
  static void make(const BandBlock& block, const BandRows& row) {
    using depthwise::kMultiplier;
    const std::int8_t *row0 = row.input[0], *row1 = row.input[1], *row2 = row.input[2], *row3 = row.input[3];
    std::int8_t *output0 = row.output[0], *output1 = row.output[1];
    // 0 where one column is left, then the second one falls on it.
    std::int64_t columns = block.columns - 1, second = columns > 0 ? block.output_pixel : 0;
    const std::uint8_t *bias = block.record, *weights = block.record + depthwise::kWeights;
    if constexpr (kPair) {
      BW_MAKE_IN_STAGE("3", BW_SECOND_ROW_OF_EVEN, BW_SECOND_ROW_OF_ODD);
    } else {
      BW_MAKE_IN_STAGE("2", BW_NOTHING, BW_NOTHING);
    }
  }
};

}  // namespace

BW_DEFINE_LINEAR_RUN(depthwise_s8_s8_4x4_neon, depthwise::BandsNeon<PairRows>)

}  // namespace bulwark::kernels
