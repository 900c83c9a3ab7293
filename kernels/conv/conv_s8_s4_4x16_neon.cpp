// SPDX-License-Identifier: Apache-2.0
// Operands so narrow (4-bit weights, for example) that many products fit 16 bits: smlal and smlal2 alone make
// 16 products in two instructions, and sums are widened after as many steps as the problem's ranges allow.
//
// Registers: v0-v3 pixels and v4-v7 weights of the first half of a step, v8-v15 those of the second, the rest
// 16-bit sums. Each half is loaded while the other is multiplied, up to a half behind the end; loads stand
// apart and write no address back, which in-order cores like.
#include "kernels/common/product_range.h"
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/spread_neon.h"

// clang-format off
#define MULTIPLY(insn, half, x, p, w0, w1, w2, w3)         \
  insn " %[s" p "0].8h, " x "." half ", " w0 "." half "\n" \
  insn " %[s" p "1].8h, " x "." half ", " w1 "." half "\n" \
  insn " %[s" p "2].8h, " x "." half ", " w2 "." half "\n" \
  insn " %[s" p "3].8h, " x "." half ", " w3 "." half "\n"
#define FIRST(insn, half, p) MULTIPLY(insn, half, "v" p, p, "v4", "v5", "v6", "v7")
#define SECOND(insn, half, x, p) MULTIPLY(insn, half, x, p, "v12", "v13", "v14", "v15")
#define LOAD(v0, v1, v2, v3, from)                         \
  "ld1 {" v0 ".16b, " v1 ".16b, " v2 ".16b, " v3 ".16b}, [%[" from "]]\n"
#define NEXT(from) "add %[" from "], %[" from "], #64\n"
#define LOAD_FIRST                                         \
  LOAD("v0", "v1", "v2", "v3", "x")                        \
  LOAD("v4", "v5", "v6", "v7", "w")                        \
  NEXT("x") NEXT("w")
/// Multiplies the first half and loads the second, then the other way round.
#define STEP(insn)                                         \
  FIRST(insn, "8b", "0")                                   \
  LOAD("v8", "v9", "v10", "v11", "x")                      \
  FIRST(insn, "8b", "1")                                   \
  LOAD("v12", "v13", "v14", "v15", "w")                    \
  FIRST(insn, "8b", "2")                                   \
  NEXT("x")                                                \
  FIRST(insn, "8b", "3")                                   \
  NEXT("w")                                                \
  FIRST("smlal2", "16b", "0")                              \
  FIRST("smlal2", "16b", "1")                              \
  FIRST("smlal2", "16b", "2")                              \
  FIRST("smlal2", "16b", "3")                              \
  "subs %w[steps], %w[steps], #1\n"                        \
  SECOND("smlal", "8b", "v8", "0")                         \
  LOAD("v0", "v1", "v2", "v3", "x")                        \
  SECOND("smlal", "8b", "v9", "1")                         \
  LOAD("v4", "v5", "v6", "v7", "w")                        \
  SECOND("smlal", "8b", "v10", "2")                        \
  NEXT("x")                                                \
  SECOND("smlal", "8b", "v11", "3")                        \
  NEXT("w")                                                \
  SECOND("smlal2", "16b", "v8", "0")                       \
  SECOND("smlal2", "16b", "v9", "1")                       \
  SECOND("smlal2", "16b", "v10", "2")                      \
  SECOND("smlal2", "16b", "v11", "3")
// clang-format on

namespace bulwark::kernels {
namespace {

using Sums16 = int16x8_t[4][4];

class ChainTile {
 public:
  using Rule = conv::WordChains;
  static constexpr bool kBiased = false, kParts = false, kCentred = true;

  explicit ChainTile(const LinearProblem& p) : steps_(conv::spread_steps(p)) {
    const std::int64_t most = centred_products(p, 32767).products / 4;
    const std::int64_t chains = (steps_ + most - 1) / most;
    chain_steps_ = (steps_ + chains - 1) / chains;
  }

  [[gnu::always_inline]] inline void multiply(const std::int8_t* x, const std::uint8_t* w,
                                              const std::uint8_t* /*start*/, conv::Sums4x16& sums) const {
    Sums16 s;
    std::int64_t left = steps_;
    chain(x, w, left < chain_steps_ ? left : chain_steps_, s);
    if (left <= chain_steps_) {
      for (int i = 0; i < 16; ++i) sums[i / 4][i % 4] = vpaddlq_s16(s[i / 4][i % 4]);
      return;
    }
    std::int32_t wide[64];  // the sums between chains, which take all registers
    for (int i = 0; i < 16; ++i) vst1q_s32(wide + 4 * i, vpaddlq_s16(s[i / 4][i % 4]));
    for (left -= chain_steps_;; left -= chain_steps_) {
      x += conv::kStepBytes * chain_steps_;
      w += conv::kStepBytes * chain_steps_;
      chain(x, w, left < chain_steps_ ? left : chain_steps_, s);
      for (int i = 0; i < 16; ++i) sums[i / 4][i % 4] = vpadalq_s16(vld1q_s32(wide + 4 * i), s[i / 4][i % 4]);
      if (left <= chain_steps_) return;
      for (int i = 0; i < 16; ++i) vst1q_s32(wide + 4 * i, sums[i / 4][i % 4]);
      __asm__ volatile("" : : "r"(wide) : "memory");
    }
  }

 private:
  [[gnu::always_inline]] static inline void chain(const std::int8_t* x, const std::uint8_t* w,
                                                  std::int64_t steps, Sums16& s) {
    __asm__ volatile(
        // clang-format off
        LOAD_FIRST
        STEP("smull")
        "b.eq 2f\n"
        "1:\n"
        STEP("smlal")
        "b.ne 1b\n"
        "2:\n"
        // clang-format on
        : [s00] "=&w"(s[0][0]), [s01] "=&w"(s[0][1]), [s02] "=&w"(s[0][2]), [s03] "=&w"(s[0][3]),
          [s10] "=&w"(s[1][0]), [s11] "=&w"(s[1][1]), [s12] "=&w"(s[1][2]), [s13] "=&w"(s[1][3]),
          [s20] "=&w"(s[2][0]), [s21] "=&w"(s[2][1]), [s22] "=&w"(s[2][2]), [s23] "=&w"(s[2][3]),
          [s30] "=&w"(s[3][0]), [s31] "=&w"(s[3][1]), [s32] "=&w"(s[3][2]), [s33] "=&w"(s[3][3]), [w] "+r"(w),
          [x] "+r"(x), [steps] "+r"(steps)
        :
        : "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14",
          "v15");
  }

  std::int64_t steps_, chain_steps_;
};

}  // namespace

BW_DEFINE_LINEAR_RUN(conv_s8_s4_4x16_neon, conv::SpreadConv<ChainTile>)

}  // namespace bulwark::kernels
