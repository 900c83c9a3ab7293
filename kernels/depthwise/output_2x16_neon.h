// SPDX-License-Identifier: Apache-2.0
// The output stage of depthwise kernels in assembly for AArch64: 16 channels of two neighbouring pixels,
// whose sums are in v0-v3 and v4-v7, 4 channels each.
//
// Sums that the constants of a record prove to be bounded (kernels/common/bounded_sums.h) start from the bits
// of 1.5 * 2^23. An even zero point is added with it in the end: it does not change which of two neighbours
// is even.
#pragma once

#include "kernels/common/neon.h"

#include <bit>

#include "kernels/depthwise/depthwise_packing.h"

namespace bulwark::kernels::depthwise {
namespace {

enum class OutputStage {
  plain,    ///< bounded, an even zero point, no clamp but int8
  clamped,  ///< bounded
  any,
};

static inline OutputStage output_stage(const LinearProblem& p, const std::uint8_t* record) {
  const std::uint8_t promises = record[kPromises];
  if ((promises & kBounded) == 0) return OutputStage::any;
  return p.zero_point % 2 == 0 && (promises & kWholeRange) != 0 ? OutputStage::plain : OutputStage::clamped;
}

/// What the stages add.
struct OutputConstants {
  float32x4_t middle;  ///< 1.5 * 2^23
  /// plain: the same and the zero point, floats; otherwise int16 zero points.
  float32x4_t zero;
};

static inline OutputConstants output_constants(const LinearProblem& p, OutputStage stage) {
  constexpr float kMiddle = std::bit_cast<float>(kSumOffset);
  const float32x4_t zero = stage == OutputStage::plain
                               ? vdupq_n_f32(kMiddle + static_cast<float>(p.zero_point))
                               : vreinterpretq_f32_s16(vdupq_n_s16(static_cast<std::int16_t>(p.zero_point)));
  return {vdupq_n_f32(kMiddle), zero};
}

/// Makes the sums of records that are bounded start from the bits of 1.5 * 2^23.
template <typename Layout>
static void offset_bounded_sums(const LinearProblem& p, void* packed) {
  for (std::int64_t c = 0; c < p.out_c; c += kBlock) {
    std::uint8_t* record = static_cast<std::uint8_t*>(packed) + c / kBlock * record_size<Layout>(p);
    if ((record[kPromises] & kBounded) == 0) continue;
    for (std::size_t at = kBias; at < kMultiplier; at += 4) {
      std::int32_t bias;
      std::memcpy(&bias, record + at, 4);
      bias += kSumOffset;
      std::memcpy(record + at, &bias, 4);
    }
  }
}

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

/// 32 bits to 16: v0, v2 and v4, v6
#define BW_ROUND_BOUNDED(added, ...)                                                                            \
  BW_WITH_8("fsub", "%[middle]") BW_BY_8("fmul", __VA_ARGS__) BW_WITH_8("fadd", added)                        \
  BW_BY_4("uzp1", "8h", "v0", "v2", "v4", "v6", "v1", "v3", "v5", "v7")
#define BW_ROUND_ANY(...)                                                                                       \
  BW_EACH_8("scvtf") BW_BY_8("fmul", __VA_ARGS__) BW_EACH_8("fcvtns")                                                                                         \
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
  "ldp q1, q2, [%[clamp]]\n"                                                                                  \
  "smax v0.16b, v0.16b, v1.16b\n"                                                                             \
  "smax v4.16b, v4.16b, v1.16b\n"                                                                             \
  "smin v0.16b, v0.16b, v2.16b\n"                                                                             \
  "smin v4.16b, v4.16b, v2.16b\n"

/// `out`: the first pixel, moved behind both. `second` bytes lie between them; 0 where there is but one, which
/// is then stored last.
#define BW_STORE(out)                                                                                         \
  "str q4, [%[" out "], %[second]]\n"                                                                         \
  "st1 {v0.16b}, [%[" out "]], %[both]\n"

/// The last four arguments are the registers with the multipliers.
#define BW_OUTPUT_PLAIN(out, ...) BW_ROUND_BOUNDED("%[zero]", __VA_ARGS__) BW_NARROW BW_STORE(out)
#define BW_OUTPUT_CLAMPED(out, ...) \
  BW_ROUND_BOUNDED("%[middle]", __VA_ARGS__) BW_ADD_ZERO_POINT BW_NARROW BW_CLAMP BW_STORE(out)
#define BW_OUTPUT_ANY(out, ...) BW_ROUND_ANY(__VA_ARGS__) BW_ADD_ZERO_POINT BW_NARROW BW_CLAMP BW_STORE(out)

/// The same of one pixel, whose sums are in v0-v3; `step` bytes lie between output pixels.
#define BW_QUAD "v0", "v1", "v2", "v3"
#define BW_SAME_4(insn, form, ...) BW_SAME_4_(insn, form, __VA_ARGS__)
#define BW_SAME_4_(insn, form, a, b, c, d, x) BW_BY_4(insn, form, a, b, c, d, x, x, x, x)
#define BW_SCALE_1(...) BW_SCALE_1_(__VA_ARGS__)
#define BW_SCALE_1_(m0, m1, m2, m3) BW_BY_4("fmul", "4s", "v0", "v1", "v2", "v3", m0, m1, m2, m3)
#define BW_EACH_OF_QUAD(insn) BW_EACH_4(insn, "4s", "v0", "v1", "v2", "v3")
#define BW_ROUND_BOUNDED_1(added, ...)                                                                        \
  BW_SAME_4("fsub", "4s", BW_QUAD, "%[middle]") BW_SCALE_1(__VA_ARGS__)                                       \
  BW_SAME_4("fadd", "4s", BW_QUAD, added)                                                                     \
  "uzp1 v0.8h, v0.8h, v1.8h\n"                                                                                \
  "uzp1 v2.8h, v2.8h, v3.8h\n"
#define BW_ROUND_ANY_1(...)                                                                                   \
  BW_EACH_OF_QUAD("scvtf") BW_SCALE_1(__VA_ARGS__) BW_EACH_OF_QUAD("fcvtns")                                  \
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
  "ldp q1, q2, [%[clamp]]\n"                                                                                  \
  "smax v0.16b, v0.16b, v1.16b\n"                                                                             \
  "smin v0.16b, v0.16b, v2.16b\n"
#define BW_STORE_1 "st1 {v0.16b}, [%[output]], %[step]\n"
#define BW_OUTPUT_1_PLAIN(...) BW_ROUND_BOUNDED_1("%[zero]", __VA_ARGS__) BW_NARROW_1 BW_STORE_1
#define BW_OUTPUT_1_CLAMPED(...) \
  BW_ROUND_BOUNDED_1("%[middle]", __VA_ARGS__) BW_ADD_ZERO_POINT_1 BW_NARROW_1 BW_CLAMP_1 BW_STORE_1
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
