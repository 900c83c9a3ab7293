// SPDX-License-Identifier: Apache-2.0
// 3x3 at stride 2 without dot product, 1x2 outputs of 16 channels at a time from 3x5 inputs, for 8-bit
// operands of which two products fit 16 bits (all but a weight of -128 meeting an input of -128).
//
// At this stride a column serves 1.5 outputs: to interleave taps costs more than sums of pairs of products
// save. The pairs are the first two taps of each row, and the third ones of the first two rows.
//
// Registers: v0-v3 and v4-v7 sums of the two outputs, v8-v11 and v12-v15 products, v16-v24 weights, v25-v29 a
// row's five columns.
#include "kernels/depthwise/bands_neon.h"
#include "kernels/depthwise/depthwise_kernels.h"

// clang-format off
/// Products of the columns x and y with weight w: of the one output and the other.
#define BW_MULTIPLY(insn, p0, p1, p2, p3, x, y, w)  \
  insn " " p0 ".8h, " x ".8b, " w ".8b\n"           \
  insn "2 " p1 ".8h, " x ".16b, " w ".16b\n"        \
  insn " " p2 ".8h, " y ".8b, " w ".8b\n"           \
  insn "2 " p3 ".8h, " y ".16b, " w ".16b\n"
#define BW_PAIR(insn, x, y, w) BW_MULTIPLY(insn, "v8", "v9", "v10", "v11", x, y, w)
#define BW_THIRD(insn, x, y, w) BW_MULTIPLY(insn, "v12", "v13", "v14", "v15", x, y, w)
#define BW_ADD(p0, p1, p2, p3)                      \
  "saddw v0.4s, v0.4s, " p0 ".4h\n"                 \
  "saddw2 v1.4s, v1.4s, " p0 ".8h\n"                \
  "saddw v2.4s, v2.4s, " p1 ".4h\n"                 \
  "saddw2 v3.4s, v3.4s, " p1 ".8h\n"                \
  "saddw v4.4s, v4.4s, " p2 ".4h\n"                 \
  "saddw2 v5.4s, v5.4s, " p2 ".8h\n"                \
  "saddw v6.4s, v6.4s, " p3 ".4h\n"                 \
  "saddw2 v7.4s, v7.4s, " p3 ".8h\n"
#define BW_ADD_PAIR BW_ADD("v8", "v9", "v10", "v11")
#define BW_ADD_THIRD BW_ADD("v12", "v13", "v14", "v15")
#define BW_LOAD_ROW(row)                            \
  "ldp q27, q28, [%[" row "], #128]\n"              \
  "ldr q29, [%[" row "], #256]\n"                   \
  "ldp q25, q26, [%[" row "]], #256\n"
/// `third`: smull or smlal.
#define BW_MULTIPLY_ROW(row, third, w0, w1, w2)     \
  BW_LOAD_ROW(row)                                  \
  BW_PAIR("smull", "v25", "v27", w0)                \
  BW_THIRD(third, "v27", "v29", w2)                 \
  BW_PAIR("smlal", "v26", "v28", w1)                \
  BW_ADD_PAIR

#define BW_MAKE_ROW(OUTPUT)                                                                        \
  __asm__ volatile(                                                                                \
      "ldp q16, q17, [%[weights]]\n"                                                               \
      "ldp q18, q19, [%[weights], #32]\n"                                                          \
      "ldp q20, q21, [%[weights], #64]\n"                                                          \
      "ldp q22, q23, [%[weights], #96]\n"                                                          \
      "ldr q24, [%[weights], #128]\n"                                                              \
      "1:\n"                                                                                       \
      "ld1 {v0.4s, v1.4s, v2.4s, v3.4s}, [%[bias]]\n"                                              \
      "ld1 {v4.4s, v5.4s, v6.4s, v7.4s}, [%[bias]]\n"                                              \
      BW_MULTIPLY_ROW("row0", "smull", "v16", "v17", "v18")                                        \
      BW_MULTIPLY_ROW("row1", "smlal", "v19", "v20", "v21")                                        \
      BW_ADD_THIRD                                                                                 \
      BW_MULTIPLY_ROW("row2", "smull", "v22", "v23", "v24")                                        \
      BW_ADD_THIRD                                                                                 \
      OUTPUT("output", "v8", "v9", "v10", "v11")                                                   \
      BW_NEXT_TURN                                                                                 \
      : [row0] "+r"(row0), [row1] "+r"(row1), [row2] "+r"(row2), [output] "+r"(output),            \
        [columns] "+r"(columns), [second] "+r"(second)                                             \
      : [bias] "r"(block.record), [multiplier] "r"(block.record + depthwise::kMultiplier),         \
        [weights] "r"(block.record + depthwise::kWeights), [both] "r"(2 * block.output_pixel),     \
        [middle] "w"(block.constants.middle), [zero] "w"(block.constants.zero)                     \
      : "memory", "cc", "x17", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11",  \
        "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", \
        "v25", "v26", "v27", "v28", "v29")
// clang-format on

namespace bulwark::kernels {
namespace {

using depthwise::BandBlock;
using depthwise::BandRows;
using depthwise::OutputStage;

struct Stride2 {
  using Packing = depthwise::BandPacking<depthwise::TapMajor, 2, 1, 2>;

  template <OutputStage kStage, bool>
  static void make(const BandBlock& block, const BandRows& row) {
    const std::int8_t *row0 = row.input[0], *row1 = row.input[1], *row2 = row.input[2];
    std::int8_t* output = row.output[0];
    std::int64_t columns = block.columns - 1, second = columns > 0 ? block.output_pixel : 0;
    if constexpr (kStage == OutputStage::plain) BW_MAKE_ROW(BW_OUTPUT_PLAIN);
    if constexpr (kStage == OutputStage::clamped) BW_MAKE_ROW(BW_OUTPUT_CLAMPED);
    if constexpr (kStage == OutputStage::fraction) BW_MAKE_ROW(BW_OUTPUT_FRACTION);
    if constexpr (kStage == OutputStage::any) BW_MAKE_ROW(BW_OUTPUT_ANY);
  }
};

}  // namespace

BW_DEFINE_LINEAR_RUN(depthwise_s8_s8_3x5_neon, depthwise::BandsNeon<Stride2>)

}  // namespace bulwark::kernels
