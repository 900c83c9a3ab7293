// SPDX-License-Identifier: Apache-2.0
// The output stage of depthwise kernels in assembly for AArch64: 16 channels of two neighbouring pixels,
// whose sums are in v0-v3 and v4-v7, 4 channels each.
//
// Sums start from floor(bias / 2^f), f = fraction_bits; `low` has what is left of the bias. Where the
// constants of a record prove sums to be bounded (kernels/common/bounded_sums.h) they start from the bits
// of 1.5 * 2^23 more, the rest of the bias is a float, in units of the sum, and the multiplier is 2^f times
// as large: powers of two move through float operations without a trace. An even zero point is added with 1.5
// * 2^23 in the end: it does not change which of two neighbours is even.
#pragma once

#include "kernels/common/neon.h"

#include <bit>

#include "kernels/depthwise/depthwise_packing.h"

namespace bulwark::kernels::depthwise {
namespace {

enum class OutputStage {
  plain,     ///< bounded, no fraction bits, an even zero point, no clamp but int8
  clamped,   ///< bounded, no fraction bits
  fraction,  ///< bounded
  any,
};

static inline OutputStage output_stage(const LinearProblem& p, const std::uint8_t* record) {
  const std::uint8_t promises = record[kPromises];
  if ((promises & kBounded) == 0) return OutputStage::any;
  if (p.fraction_bits != 0) return OutputStage::fraction;
  return p.zero_point % 2 == 0 && (promises & kWholeRange) != 0 ? OutputStage::plain : OutputStage::clamped;
}

struct OutputConstants {
  float32x4_t middle;  ///< 1.5 * 2^23; any: int32 fraction bits
  float32x4_t zero;    ///< int16 zero points; plain: 1.5 * 2^23 and the zero point
};

static inline OutputConstants output_constants(const LinearProblem& p, OutputStage stage) {
  constexpr float kMiddle = std::bit_cast<float>(kSumOffset);
  const int16x8_t zero = vdupq_n_s16(static_cast<std::int16_t>(p.zero_point));
  return {
      stage == OutputStage::any ? vreinterpretq_f32_s32(vdupq_n_s32(p.fraction_bits)) : vdupq_n_f32(kMiddle),
      stage == OutputStage::plain ? vdupq_n_f32(kMiddle + static_cast<float>(p.zero_point))
                                  : vreinterpretq_f32_s16(zero)};
}

static_assert(kBias == 0 && kLo == 128 && kHi == 144 && kLow == 176);  // in the assembly below

}  // namespace
}  // namespace bulwark::kernels::depthwise

// clang-format off
#define BW_EACH_4(insn, form, a, b, c, d)                                                                     \
  insn " " a "." form ", " a "." form "\n"                                                                    \
  insn " " b "." form ", " b "." form "\n"                                                                    \
  insn " " c "." form ", " c "." form "\n"                                                                    \
  insn " " d "." form ", " d "." form "\n"
#define BW_EACH_8(insn) BW_EACH_4(insn, "4s", "v0", "v1", "v2", "v3") BW_EACH_4(insn, "4s", "v4", "v5", "v6", "v7")
#define BW_BY_4(insn, form, a, b, c, d, x, y, z, w)                                                           \
  insn " " a "." form ", " a "." form ", " x "." form "\n"                                                    \
  insn " " b "." form ", " b "." form ", " y "." form "\n"                                                    \
  insn " " c "." form ", " c "." form ", " z "." form "\n"                                                    \
  insn " " d "." form ", " d "." form ", " w "." form "\n"
#define BW_BY_8(insn, x, y, z, w)                                                                             \
  BW_BY_4(insn, "4s", "v0", "v1", "v2", "v3", x, y, z, w) BW_BY_4(insn, "4s", "v4", "v5", "v6", "v7", x, y, z, w)
#define BW_WITH_8(insn, x) BW_BY_8(insn, x, x, x, x)

#define BW_LOAD_MULTIPLIERS(...) BW_LOAD_MULTIPLIERS_(__VA_ARGS__)
#define BW_LOAD_MULTIPLIERS_(a, b, c, d)                                                                      \
  "ld1 {" a ".4s, " b ".4s, " c ".4s, " d ".4s}, [%[multiplier]]\n"
/// %[bias] is where the record begins.
#define BW_LOAD_LOW(...) BW_LOAD_LOW_(__VA_ARGS__)
#define BW_LOAD_LOW_(a, b, c, d)                                                                              \
  "add x17, %[bias], #176\n"                                                                                  \
  "ld1 {" a ".4s, " b ".4s, " c ".4s, " d ".4s}, [x17]\n"
#define BW_CALL(MACRO, ...) MACRO(__VA_ARGS__)

/// 32 bits to 16: v0, v2 and v4, v6. The arguments behind the first one are four registers for constants.
#define BW_FLOATS(...) BW_LOAD_MULTIPLIERS(__VA_ARGS__) BW_WITH_8("fsub", "%[middle]")
#define BW_FLOATS_WITH_FRACTION(...)                                                                          \
  BW_LOAD_LOW(__VA_ARGS__) BW_WITH_8("fsub", "%[middle]") BW_CALL(BW_BY_8, "fadd", __VA_ARGS__)          \
  BW_LOAD_MULTIPLIERS(__VA_ARGS__)
#define BW_ROUND_BOUNDED(added, ...)                                                                          \
  BW_CALL(BW_BY_8, "fmul", __VA_ARGS__) BW_WITH_8("fadd", added)                                              \
  BW_BY_4("uzp1", "8h", "v0", "v2", "v4", "v6", "v1", "v3", "v5", "v7")
#define BW_ROUND_ANY(...)                                                                                     \
  BW_LOAD_LOW(__VA_ARGS__) BW_WITH_8("sshl", "%[middle]") BW_CALL(BW_BY_8, "add", __VA_ARGS__)           \
  BW_LOAD_MULTIPLIERS(__VA_ARGS__)                                                                        \
  BW_EACH_8("scvtf") BW_CALL(BW_BY_8, "fmul", __VA_ARGS__) BW_EACH_8("fcvtns")                                \
  "sqxtn v0.4h, v0.4s\n"                                                                                      \
  "sqxtn v2.4h, v2.4s\n"                                                                                      \
  "sqxtn v4.4h, v4.4s\n"                                                                                      \
  "sqxtn v6.4h, v6.4s\n"                                                                                      \
  "sqxtn2 v0.8h, v1.4s\n"                                                                                     \
  "sqxtn2 v2.8h, v3.4s\n"                                                                                     \
  "sqxtn2 v4.8h, v5.4s\n"                                                                                     \
  "sqxtn2 v6.8h, v7.4s\n"
#define BW_ADD_ZERO_POINT BW_BY_4("sqadd", "8h", "v0", "v2", "v4", "v6", "%[zero]", "%[zero]", "%[zero]", "%[zero]")

/// 16 bits to 8: v0 and v4
#define BW_NARROW                                                                                             \
  "sqxtn v0.8b, v0.8h\n"                                                                                      \
  "sqxtn v4.8b, v4.8h\n"                                                                                      \
  "sqxtn2 v0.16b, v2.8h\n"                                                                                    \
  "sqxtn2 v4.16b, v6.8h\n"
#define BW_CLAMP                                                                                              \
  "ldp q1, q2, [%[bias], #128]\n"                                                                                  \
  "smax v0.16b, v0.16b, v1.16b\n"                                                                             \
  "smax v4.16b, v4.16b, v1.16b\n"                                                                             \
  "smin v0.16b, v0.16b, v2.16b\n"                                                                             \
  "smin v4.16b, v4.16b, v2.16b\n"

/// `out`: the first pixel, moved behind both. `second` bytes lie between them; 0 where there is but one, which
/// is then stored last.
#define BW_STORE(out)                                                                                         \
  "str q4, [%[" out "], %[second]]\n"                                                                         \
  "st1 {v0.16b}, [%[" out "]], %[both]\n"

/// The last four arguments are registers that are free.
#define BW_OUTPUT_PLAIN(out, ...) \
  BW_FLOATS(__VA_ARGS__) BW_ROUND_BOUNDED("%[zero]", __VA_ARGS__) BW_NARROW BW_STORE(out)
#define BW_OUTPUT_CLAMPED(out, ...) \
  BW_FLOATS(__VA_ARGS__) BW_ROUND_BOUNDED("%[middle]", __VA_ARGS__) BW_ADD_ZERO_POINT BW_NARROW BW_CLAMP BW_STORE(out)
#define BW_OUTPUT_FRACTION(out, ...)                                                                          \
  BW_FLOATS_WITH_FRACTION(__VA_ARGS__) BW_ROUND_BOUNDED("%[middle]", __VA_ARGS__)                             \
  BW_ADD_ZERO_POINT BW_NARROW BW_CLAMP BW_STORE(out)
#define BW_OUTPUT_ANY(out, ...) BW_ROUND_ANY(__VA_ARGS__) BW_ADD_ZERO_POINT BW_NARROW BW_CLAMP BW_STORE(out)

/// The same of one pixel, whose sums are in v0-v3; `step` bytes lie between output pixels.
#define BW_EACH_OF_1(insn) BW_EACH_4(insn, "4s", "v0", "v1", "v2", "v3")
#define BW_BY_1(insn, x, y, z, w) BW_BY_4(insn, "4s", "v0", "v1", "v2", "v3", x, y, z, w)
#define BW_WITH_1(insn, x) BW_BY_1(insn, x, x, x, x)
#define BW_FLOATS_1(...) BW_LOAD_MULTIPLIERS(__VA_ARGS__) BW_WITH_1("fsub", "%[middle]")
#define BW_FLOATS_WITH_FRACTION_1(...)                                                                        \
  BW_LOAD_LOW(__VA_ARGS__) BW_WITH_1("fsub", "%[middle]") BW_CALL(BW_BY_1, "fadd", __VA_ARGS__)          \
  BW_LOAD_MULTIPLIERS(__VA_ARGS__)
#define BW_ROUND_BOUNDED_1(added, ...)                                                                        \
  BW_CALL(BW_BY_1, "fmul", __VA_ARGS__) BW_WITH_1("fadd", added)                                              \
  "uzp1 v0.8h, v0.8h, v1.8h\n"                                                                                \
  "uzp1 v2.8h, v2.8h, v3.8h\n"
#define BW_ROUND_ANY_1(...)                                                                                   \
  BW_LOAD_LOW(__VA_ARGS__) BW_WITH_1("sshl", "%[middle]") BW_CALL(BW_BY_1, "add", __VA_ARGS__)           \
  BW_LOAD_MULTIPLIERS(__VA_ARGS__)                                                                        \
  BW_EACH_OF_1("scvtf") BW_CALL(BW_BY_1, "fmul", __VA_ARGS__) BW_EACH_OF_1("fcvtns")                          \
  "sqxtn v0.4h, v0.4s\n"                                                                                      \
  "sqxtn v2.4h, v2.4s\n"                                                                                      \
  "sqxtn2 v0.8h, v1.4s\n"                                                                                     \
  "sqxtn2 v2.8h, v3.4s\n"
#define BW_ADD_ZERO_POINT_1                                                                                   \
  "sqadd v0.8h, v0.8h, %[zero].8h\n"                                                                          \
  "sqadd v2.8h, v2.8h, %[zero].8h\n"
#define BW_NARROW_1                                                                                           \
  "sqxtn v0.8b, v0.8h\n"                                                                                      \
  "sqxtn2 v0.16b, v2.8h\n"
#define BW_CLAMP_1                                                                                            \
  "ldp q1, q2, [%[bias], #128]\n"                                                                                  \
  "smax v0.16b, v0.16b, v1.16b\n"                                                                             \
  "smin v0.16b, v0.16b, v2.16b\n"
#define BW_STORE_1 "st1 {v0.16b}, [%[output]], %[step]\n"
#define BW_OUTPUT_1_PLAIN(...) \
  BW_FLOATS_1(__VA_ARGS__) BW_ROUND_BOUNDED_1("%[zero]", __VA_ARGS__) BW_NARROW_1 BW_STORE_1
#define BW_OUTPUT_1_CLAMPED(...)                                                                              \
  BW_FLOATS_1(__VA_ARGS__) BW_ROUND_BOUNDED_1("%[middle]", __VA_ARGS__)                                       \
  BW_ADD_ZERO_POINT_1 BW_NARROW_1 BW_CLAMP_1 BW_STORE_1
#define BW_OUTPUT_1_FRACTION(...)                                                                             \
  BW_FLOATS_WITH_FRACTION_1(__VA_ARGS__) BW_ROUND_BOUNDED_1("%[middle]", __VA_ARGS__)                         \
  BW_ADD_ZERO_POINT_1 BW_NARROW_1 BW_CLAMP_1 BW_STORE_1
#define BW_OUTPUT_1_ANY(...) BW_ROUND_ANY_1(__VA_ARGS__) BW_ADD_ZERO_POINT_1 BW_NARROW_1 BW_CLAMP_1 BW_STORE_1

/// Behind the first and the second tile of a turn from "1:" on. %[columns] is one less than there are columns
/// left. The last one of an odd number is done twice.
#define BW_NEXT_TILE                                         \
  "subs %[columns], %[columns], #2\n"                        \
  "b.gt 2f\n"                                                \
  "b.lt 3f\n"                                                \
  "mov %[second], xzr\n"                                     \
  "2:\n"
#define BW_NEXT_TURN                                         \
  "subs %[columns], %[columns], #2\n"                        \
  "b.gt 1b\n"                                                \
  "b.lt 3f\n"                                                \
  "mov %[second], xzr\n"                                     \
  "b 1b\n"                                                   \
  "3:\n"
// clang-format on
