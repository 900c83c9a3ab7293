// SPDX-License-Identifier: Apache-2.0
// Operands of which many products fit 8 bits (2-bit or ternary weights with inputs of up to 4 bits): mla
// makes 16 products in an instruction; sums are widened to 16 bits after as many steps as the problem's
// ranges allow, and to 32 bits at the end.
//
// Registers: v0-v3 pixels and v4-v7 weights of the first half of a step, v8-v15 those of the second, the rest
// 8-bit sums. Loads as in conv_s8_s4_4x16_neon.cpp.
#include "kernels/common/product_range.h"
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/spread_neon.h"

// clang-format off
#define MULTIPLY(insn, x, p, w0, w1, w2, w3)               \
  insn " %[s" p "0].16b, " x ".16b, " w0 ".16b\n"          \
  insn " %[s" p "1].16b, " x ".16b, " w1 ".16b\n"          \
  insn " %[s" p "2].16b, " x ".16b, " w2 ".16b\n"          \
  insn " %[s" p "3].16b, " x ".16b, " w3 ".16b\n"
#define FIRST(insn, p) MULTIPLY(insn, "v" p, p, "v4", "v5", "v6", "v7")
#define SECOND(x, p) MULTIPLY("mla", x, p, "v12", "v13", "v14", "v15")
#define LOAD(v0, v1, v2, v3, from)                         \
  "ld1 {" v0 ".16b, " v1 ".16b, " v2 ".16b, " v3 ".16b}, [%[" from "]]\n"
#define NEXT(from) "add %[" from "], %[" from "], #64\n"
#define LOAD_FIRST                                         \
  LOAD("v0", "v1", "v2", "v3", "x")                        \
  LOAD("v4", "v5", "v6", "v7", "w")                        \
  NEXT("x") NEXT("w")
#define STEP(insn)                                         \
  FIRST(insn, "0")                                         \
  LOAD("v8", "v9", "v10", "v11", "x")                      \
  FIRST(insn, "1")                                         \
  LOAD("v12", "v13", "v14", "v15", "w")                    \
  FIRST(insn, "2")                                         \
  NEXT("x")                                                \
  FIRST(insn, "3")                                         \
  NEXT("w")                                                \
  "subs %w[steps], %w[steps], #1\n"                        \
  SECOND("v8", "0")                                        \
  LOAD("v0", "v1", "v2", "v3", "x")                        \
  SECOND("v9", "1")                                        \
  LOAD("v4", "v5", "v6", "v7", "w")                        \
  SECOND("v10", "2")                                       \
  NEXT("x")                                                \
  SECOND("v11", "3")                                       \
  NEXT("w")
#define EACH(X)                                            \
  X("0", "00") X("1", "01") X("2", "02") X("3", "03")      \
  X("4", "10") X("5", "11") X("6", "12") X("7", "13")      \
  X("8", "20") X("9", "21") X("10", "22") X("11", "23")    \
  X("12", "30") X("13", "31") X("14", "32") X("15", "33")
#define WIDEN(v, s) "saddlp v" v ".8h, %[s" s "].16b\n"
#define WIDEN_AND_ADD(v, s) "sadalp v" v ".8h, %[s" s "].16b\n"
#define WIDEN_AGAIN(v, s) "saddlp %[s" s "].4s, v" v ".8h\n"
#define MOVE(insn)                                         \
  insn " q0, q1, [%[wide]]\n"                              \
  insn " q2, q3, [%[wide], #32]\n"                         \
  insn " q4, q5, [%[wide], #64]\n"                         \
  insn " q6, q7, [%[wide], #96]\n"                         \
  insn " q8, q9, [%[wide], #128]\n"                        \
  insn " q10, q11, [%[wide], #160]\n"                      \
  insn " q12, q13, [%[wide], #192]\n"                      \
  insn " q14, q15, [%[wide], #224]\n"
#define CHAIN                                              \
  LOAD_FIRST                                               \
  "cmp %w[left], %w[most]\n"                               \
  "csel %w[steps], %w[left], %w[most], lt\n"               \
  "sub %w[left], %w[left], %w[most]\n"                     \
  STEP("mul")                                              \
  "b.eq 2f\n"                                              \
  "1:\n"                                                   \
  STEP("mla")                                              \
  "b.ne 1b\n"                                              \
  "2:\n"
// clang-format on

namespace bulwark::kernels {
namespace {

class ByteChainTile {
 public:
  using Rule = conv::ByteChains;
  static constexpr bool kBiased = false, kParts = false, kCentred = true;

  explicit ByteChainTile(const LinearProblem& p) : steps_(conv::spread_steps(p)) {
    const std::int64_t most = centred_products(p, 127).products / 2;
    const std::int64_t chains = (steps_ + most - 1) / most;
    chain_steps_ = (steps_ + chains - 1) / chains;
  }

  [[gnu::always_inline]] inline void multiply(const std::int8_t* x, const std::uint8_t* w,
                                              const std::uint8_t* /*start*/, conv::Sums4x16& s) const {
    std::int16_t wide[128];  // the 16-bit sums between chains
    std::int64_t left = steps_, steps;
    __asm__ volatile(
        // clang-format off
        CHAIN
        EACH(WIDEN)
        "cmp %w[left], #0\n"
        "b.le 4f\n"
        "3:\n"
        MOVE("stp")
        "sub %[x], %[x], #64\n"
        "sub %[w], %[w], #64\n"
        CHAIN
        MOVE("ldp")
        EACH(WIDEN_AND_ADD)
        "cmp %w[left], #0\n"
        "b.gt 3b\n"
        "4:\n"
        EACH(WIDEN_AGAIN)
        // clang-format on
        : [s00] "=&w"(s[0][0]), [s01] "=&w"(s[0][1]), [s02] "=&w"(s[0][2]), [s03] "=&w"(s[0][3]),
          [s10] "=&w"(s[1][0]), [s11] "=&w"(s[1][1]), [s12] "=&w"(s[1][2]), [s13] "=&w"(s[1][3]),
          [s20] "=&w"(s[2][0]), [s21] "=&w"(s[2][1]), [s22] "=&w"(s[2][2]), [s23] "=&w"(s[2][3]),
          [s30] "=&w"(s[3][0]), [s31] "=&w"(s[3][1]), [s32] "=&w"(s[3][2]), [s33] "=&w"(s[3][3]), [w] "+r"(w),
          [x] "+r"(x), [left] "+r"(left), [steps] "=&r"(steps)
        : [most] "r"(chain_steps_), [wide] "r"(wide)
        : "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14",
          "v15");
  }

 private:
  std::int64_t steps_, chain_steps_;
};

}  // namespace

BW_DEFINE_LINEAR_RUN(conv_s4_s2_4x16_neon, conv::SpreadConv<ByteChainTile>)

}  // namespace bulwark::kernels
