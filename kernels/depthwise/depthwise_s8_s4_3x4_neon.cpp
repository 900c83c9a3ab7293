// SPDX-License-Identifier: Apache-2.0
// 3x3 at stride 1 without dot product, 1x2 outputs of 16 channels at a time from 3x4 inputs, for operands so
// narrow (4-bit weights, for example) that all 9 products fit 16 bits.
//
// Taps alternate between two sums in 16 bits, so that in-order cores need not wait for one.
//
// Registers: v0-v3 and v4-v7 sums of the two outputs, v8-v11 and v12-v15 their sums in 16 bits, v16-v24
// weights, v25-v28 a row's four columns.
#include "kernels/depthwise/bands_neon.h"
#include "kernels/depthwise/depthwise_kernels.h"

// clang-format off
/// Products of the columns x and y with weight w: of the one output and the other.
#define BW_MULTIPLY(insn, p0, p1, p2, p3, x, y, w)  \
  insn " " p0 ".8h, " x ".8b, " w ".8b\n"           \
  insn "2 " p1 ".8h, " x ".16b, " w ".16b\n"        \
  insn " " p2 ".8h, " y ".8b, " w ".8b\n"           \
  insn "2 " p3 ".8h, " y ".16b, " w ".16b\n"
#define BW_TO_FIRST(insn, ...) BW_CALL(BW_MULTIPLY, insn, "v8", "v9", "v10", "v11", __VA_ARGS__)
#define BW_TO_SECOND(insn, ...) BW_CALL(BW_MULTIPLY, insn, "v12", "v13", "v14", "v15", __VA_ARGS__)
#define BW_LOAD_ROW(row)                            \
  "ldp q27, q28, [%[" row "], #128]\n"              \
  "ldp q25, q26, [%[" row "]], #128\n"

#define BW_MAKE_ROW(OUTPUT)                                                                        \
  __asm__ volatile(                                                                                \
      "ldp q16, q17, [%[weights]]\n"                                                               \
      "ldp q18, q19, [%[weights], #32]\n"                                                          \
      "ldp q20, q21, [%[weights], #64]\n"                                                          \
      "ldp q22, q23, [%[weights], #96]\n"                                                          \
      "ldr q24, [%[weights], #128]\n"                                                              \
      "1:\n"                                                                                       \
      BW_LOAD_ROW("row0")                                                                          \
      BW_TO_FIRST("smull", "v25", "v26", "v16")                                                    \
      BW_TO_SECOND("smull", "v26", "v27", "v17")                                                   \
      BW_TO_FIRST("smlal", "v27", "v28", "v18")                                                    \
      BW_LOAD_ROW("row1")                                                                          \
      BW_TO_SECOND("smlal", "v25", "v26", "v19")                                                   \
      BW_TO_FIRST("smlal", "v26", "v27", "v20")                                                    \
      BW_TO_SECOND("smlal", "v27", "v28", "v21")                                                   \
      BW_LOAD_ROW("row2")                                                                          \
      BW_TO_FIRST("smlal", "v25", "v26", "v22")                                                    \
      BW_TO_SECOND("smlal", "v26", "v27", "v23")                                                   \
      BW_TO_FIRST("smlal", "v27", "v28", "v24")                                                    \
      BW_BY_4("add", "8h", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15")                   \
      "ld1 {v12.4s, v13.4s, v14.4s, v15.4s}, [%[bias]]\n"                                          \
      "saddw v0.4s, v12.4s, v8.4h\n"                                                               \
      "saddw2 v1.4s, v13.4s, v8.8h\n"                                                              \
      "saddw v2.4s, v14.4s, v9.4h\n"                                                               \
      "saddw2 v3.4s, v15.4s, v9.8h\n"                                                              \
      "saddw v4.4s, v12.4s, v10.4h\n"                                                              \
      "saddw2 v5.4s, v13.4s, v10.8h\n"                                                             \
      "saddw v6.4s, v14.4s, v11.4h\n"                                                              \
      "saddw2 v7.4s, v15.4s, v11.8h\n"                                                             \
      OUTPUT("output", "v8", "v9", "v10", "v11")                                                   \
      BW_NEXT_TURN                                                                                 \
      : [row0] "+r"(row0), [row1] "+r"(row1), [row2] "+r"(row2), [output] "+r"(output),            \
        [columns] "+r"(columns), [second] "+r"(second)                                             \
      : [bias] "r"(block.record), [multiplier] "r"(block.record + depthwise::kMultiplier),         \
        [weights] "r"(block.record + depthwise::kWeights), [both] "r"(2 * block.output_pixel),     \
        [middle] "w"(block.constants.middle), [zero] "w"(block.constants.zero)                     \
      : "memory", "cc", "x17", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10",  \
        "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", \
        "v24", "v25", "v26", "v27", "v28")
// clang-format on

namespace bulwark::kernels {
namespace {

using depthwise::BandBlock;
using depthwise::BandRows;
using depthwise::OutputStage;

struct NarrowRows {
  using Packing = depthwise::BandPacking<depthwise::TapMajor, 1, 1, 9>;

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

BW_DEFINE_LINEAR_RUN(depthwise_s8_s4_3x4_neon, depthwise::BandsNeon<NarrowRows>)

}  // namespace bulwark::kernels
