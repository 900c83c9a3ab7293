// SPDX-License-Identifier: Apache-2.0
// The 4x4 tile of 8-bit weights on AArch64 without dot product. The kernels differ in how they add up
// products, which is their `Products::sum`, written with the macros below; everything else is here.
//
// Registers: v0-v3 weights, v4-v7 pixels, v8-v15 products, the rest sums. The loop is software-pipelined:
// what the next step needs is loaded before the last sums of this one are added, which is why rows and
// weights are read 16 and 64 bytes past their end. Loads stand together and write no address back: in-order
// cores stall where they mix with multiplications.
#pragma once

#include "kernels/conv/tile_neon.h"

// clang-format off
#define BW_MULTIPLY_4(insn, half, x, t0, t1, t2, t3)       \
  insn " " t0 ".8h, " x "." half ", v0." half "\n"         \
  insn " " t1 ".8h, " x "." half ", v1." half "\n"         \
  insn " " t2 ".8h, " x "." half ", v2." half "\n"         \
  insn " " t3 ".8h, " x "." half ", v3." half "\n"
/// Products of two pixels and the 4 channels, in the halves `half` of the registers.
#define BW_MULTIPLY_8(insn, half, x0, x1)                  \
  BW_MULTIPLY_4(insn, half, x0, "v8", "v9", "v10", "v11")  \
  BW_MULTIPLY_4(insn, half, x1, "v12", "v13", "v14", "v15")
/// Adds them to the sums of pixels p0 and p1: `add` is sadalp, or saddlp where the sums begin.
#define BW_ADD_8(add, p0, p1)                              \
  add " %[s" p0 "0].4s, v8.8h\n"                           \
  add " %[s" p0 "1].4s, v9.8h\n"                           \
  add " %[s" p0 "2].4s, v10.8h\n"                          \
  add " %[s" p0 "3].4s, v11.8h\n"                          \
  add " %[s" p1 "0].4s, v12.8h\n"                          \
  add " %[s" p1 "1].4s, v13.8h\n"                          \
  add " %[s" p1 "2].4s, v14.8h\n"                          \
  add " %[s" p1 "3].4s, v15.8h\n"
#define BW_LOAD_STEP                                       \
  "ld1 {v0.16b, v1.16b, v2.16b, v3.16b}, [%[w]]\n"         \
  "ldr q4, [%[x0], %[at]]\n"                               \
  "ldr q5, [%[x1], %[at]]\n"                               \
  "ldr q6, [%[x2], %[at]]\n"                               \
  "ldr q7, [%[x3], %[at]]\n"                               \
  "add %[w], %[w], #64\n"                                  \
  "adds %[at], %[at], #16\n"
/// The whole loop. STEP(add) makes 16 of depth and has BW_LOAD_STEP in it, as the last that sets the flags;
/// `at` runs up to 0, which is where the load behind the last step happens.
#define BW_SUM_TILE(STEP)                                                                                          \
  __asm__ volatile(                                                                                                \
      BW_LOAD_STEP                                                                                                 \
      STEP("saddlp")                                                                                               \
      "b.eq 2f\n"                                                                                                  \
      "1:\n"                                                                                                       \
      STEP("sadalp")                                                                                               \
      "b.ne 1b\n"                                                                                                  \
      "2:\n"                                                                                                       \
      "cbz %[half], 3f\n"                                                                                          \
      BW_MULTIPLY_8("smull", "8b", "v4", "v5")                                                                     \
      BW_ADD_8("sadalp", "0", "1")                                                                                 \
      BW_MULTIPLY_8("smull", "8b", "v6", "v7")                                                                     \
      BW_ADD_8("sadalp", "2", "3")                                                                                 \
      "3:\n"                                                                                                       \
      : [s00] "=&w"(s[0][0]), [s01] "=&w"(s[0][1]), [s02] "=&w"(s[0][2]), [s03] "=&w"(s[0][3]),                    \
        [s10] "=&w"(s[1][0]), [s11] "=&w"(s[1][1]), [s12] "=&w"(s[1][2]), [s13] "=&w"(s[1][3]),                    \
        [s20] "=&w"(s[2][0]), [s21] "=&w"(s[2][1]), [s22] "=&w"(s[2][2]), [s23] "=&w"(s[2][3]),                    \
        [s30] "=&w"(s[3][0]), [s31] "=&w"(s[3][1]), [s32] "=&w"(s[3][2]), [s33] "=&w"(s[3][3]),                    \
        [w] "+r"(in.weights), [at] "+r"(in.at)                                                                     \
      : [x0] "r"(in.x[0]), [x1] "r"(in.x[1]), [x2] "r"(in.x[2]), [x3] "r"(in.x[3]), [half] "r"(in.half)            \
      : "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13",    \
        "v14", "v15")
// clang-format on

namespace bulwark::kernels::conv {

/// What a tile's sums are made from.
struct Operands4x4 {
  const std::int8_t* x[4];      ///< ends of the rows: of the whole steps, and 16 behind
  const std::uint8_t* weights;  ///< in the order of the steps
  std::int64_t at;              ///< where the rows begin, relative to x
  std::int64_t half;            ///< whether a half step follows
};

/// Products has
///   static void sum(Sums4x4&, Operands4x4)             BW_SUM_TILE
///   static int32x4_t add(sum, pixel, weights)          adds 16 products to the lanes of a sum
template <typename Products>
class Tile4x4 {
 public:
  static constexpr TileShape kShape = kShape4x4;
  static constexpr PackShape kPack = kPack4x4;

  explicit Tile4x4(const LinearProblem& p) : Tile4x4(p, DepthSteps(p.depth())) {}

  void compute(const std::int8_t* const* rows, const std::uint8_t* record, std::uint8_t* out,
               std::int32_t pixels, std::int32_t channels) const {
    if (pixels == 1) return compute_pixel(rows[0], record, out, channels);
    Sums4x4 sums;
    const std::int64_t end = end_;
    Products::sum(sums, {{rows[0] + end, rows[1] + end, rows[2] + end, rows[3] + end},
                         record + header_size(kPack),
                         -end,
                         half_});
    output_.store(sums, record, out, pixels, channels);
  }

 private:
  Tile4x4(const LinearProblem& p, DepthSteps steps)
      : end_(16 * steps.whole + 16), half_(steps.half), output_(p) {}

  /// A pixel alone, as 7x7 pictures leave one.
  void compute_pixel(const std::int8_t* x, const std::uint8_t* record, std::uint8_t* out,
                     std::int32_t channels) const {
    const auto* w = reinterpret_cast<const std::int8_t*>(record + header_size(kPack));
    int32x4_t s[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
    for (const std::int8_t* const end = x + (end_ - 16); x != end; x += 16, w += 64) {
      const int8x16_t pixel = vld1q_s8(x);
      for (int c = 0; c < 4; ++c) s[c] = Products::add(s[c], pixel, vld1q_s8(w + 16 * c));
    }
    if (half_ != 0) {
      const int8x8_t pixel = vld1_s8(x);
      for (int c = 0; c < 4; ++c) s[c] = vpadalq_s16(s[c], vmull_s8(pixel, vld1_s8(w + 16 * c)));
    }
    Sums4x4 sums;
    for (auto& row : sums) {
      for (int c = 0; c < 4; ++c) row[c] = s[c];
    }
    output_.store(sums, record, out, 1, channels);
  }

  std::int64_t end_, half_;
  Output4x4 output_;
};

}  // namespace bulwark::kernels::conv
