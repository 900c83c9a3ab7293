// SPDX-License-Identifier: Apache-2.0
// Operands of which two products fit 8 bits (4-bit weights with inputs of up to 4 bits, re-centred): mul, mla
// and sadalp make 32 products in three instructions; the 16-bit sums are widened at the end.
//
// Registers: v0-v3 pixels of the first half of a step, v4-v7 those of the second, v8-v11 weights of both
// halves, two channel vectors in turn, v12-v15 products, the rest 16-bit sums. Loads run ahead by a step.
#include "kernels/common/product_range.h"
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/spread_neon.h"

// clang-format off
#define PRODUCTS(insn, x0, x1, x2, x3, w)                  \
  insn " v12.16b, " x0 ".16b, " w ".16b\n"                 \
  insn " v13.16b, " x1 ".16b, " w ".16b\n"                 \
  insn " v14.16b, " x2 ".16b, " w ".16b\n"                 \
  insn " v15.16b, " x3 ".16b, " w ".16b\n"
#define FIRST(w) PRODUCTS("mul", "v0", "v1", "v2", "v3", w)
#define SECOND(w) PRODUCTS("mla", "v4", "v5", "v6", "v7", w)
#define ADD(add, j)                                        \
  add " %[s0" j "].8h, v12.16b\n"                         \
  add " %[s1" j "].8h, v13.16b\n"                         \
  add " %[s2" j "].8h, v14.16b\n"                         \
  add " %[s3" j "].8h, v15.16b\n"
#define LOAD_PIXELS(v0, v1, v2, v3)                        \
  "ld1 {" v0 ".16b, " v1 ".16b, " v2 ".16b, " v3 ".16b}, [%[x]]\n" \
  "add %[x], %[x], #64\n"
#define LOAD_WEIGHTS(q0, q1, at) "ldp " q0 ", " q1 ", [%[w], #" at "]\n"
#define STEP(add)                                          \
  FIRST("v8") SECOND("v9") ADD(add, "0")                   \
  LOAD_WEIGHTS("q8", "q9", "64")                           \
  FIRST("v10") SECOND("v11") ADD(add, "1")                 \
  LOAD_WEIGHTS("q10", "q11", "96")                         \
  "subs %w[steps], %w[steps], #1\n"                        \
  FIRST("v8") SECOND("v9") ADD(add, "2")                   \
  "add %[w], %[w], #128\n"                                 \
  LOAD_WEIGHTS("q8", "q9", "0")                            \
  FIRST("v10")                                             \
  LOAD_PIXELS("v0", "v1", "v2", "v3")                      \
  SECOND("v11")                                            \
  LOAD_PIXELS("v4", "v5", "v6", "v7")                      \
  ADD(add, "3")                                            \
  LOAD_WEIGHTS("q10", "q11", "32")
// clang-format on

namespace bulwark::kernels {
namespace {

using Sums16 = int16x8_t[4][4];

class PairTile {
 public:
  using Rule = conv::BytePairs;
  static constexpr bool kBiased = false, kParts = false, kCentred = true;

  explicit PairTile(const LinearProblem& p) : steps_(conv::spread_steps(p)) {
    const std::int64_t most = products_in_int16(p, Rule::centre(p)) / 4;
    const std::int64_t chains = (steps_ + most - 1) / most;
    chain_steps_ = (steps_ + chains - 1) / chains;
  }

  [[gnu::always_inline]] inline void multiply(const std::int8_t* x, const std::uint8_t* w,
                                              const std::uint8_t* /*start*/, conv::Sums4x16& sums) const {
    Sums16 s;
    std::int64_t left = steps_;
    chain(x, w, left < chain_steps_ ? left : chain_steps_, s);
    for (int i = 0; i < 16; ++i) sums[i / 4][i % 4] = vpaddlq_s16(s[i / 4][i % 4]);
    for (left -= chain_steps_; left > 0; left -= chain_steps_) {
      x += conv::kStepBytes * chain_steps_;
      w += conv::kStepBytes * chain_steps_;
      chain(x, w, left < chain_steps_ ? left : chain_steps_, s);
      for (int i = 0; i < 16; ++i) sums[i / 4][i % 4] = vpadalq_s16(sums[i / 4][i % 4], s[i / 4][i % 4]);
    }
  }

 private:
  [[gnu::always_inline]] static inline void chain(const std::int8_t* x, const std::uint8_t* w,
                                                  std::int64_t steps, Sums16& s) {
    __asm__ volatile(
        // clang-format off
        LOAD_PIXELS("v0", "v1", "v2", "v3")
        LOAD_PIXELS("v4", "v5", "v6", "v7")
        LOAD_WEIGHTS("q8", "q9", "0")
        LOAD_WEIGHTS("q10", "q11", "32")
        STEP("saddlp")
        "b.eq 2f\n"
        "1:\n"
        STEP("sadalp")
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

BW_DEFINE_LINEAR_RUN(conv_s4_s4_4x16_neon, conv::SpreadConv<PairTile>)

}  // namespace bulwark::kernels
