// SPDX-License-Identifier: Apache-2.0
// 8-bit weights of which two products fit 16 bits (all but a weight of -128 meeting an input of -128): smull,
// smlal2, sadalp make 16 products in three instructions.
//
// Registers: v0-v3 weights, v4-v7 pixels, v8-v15 products, the rest sums. The loop is software-pipelined:
// what the next step needs is loaded before the last sums of this one are added, which is why rows and
// weights are read 16 and 64 bytes past their end. Loads stand together and write no address back: in-order
// cores stall where they mix with multiplications.
#include "kernels/common/product_range.h"
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/tile_neon.h"

// clang-format off
#define MULTIPLY(insn, half, x, t0, t1, t2, t3)            \
  insn " " t0 ".8h, " x "." half ", v0." half "\n"         \
  insn " " t1 ".8h, " x "." half ", v1." half "\n"         \
  insn " " t2 ".8h, " x "." half ", v2." half "\n"         \
  insn " " t3 ".8h, " x "." half ", v3." half "\n"
#define MULTIPLY_PAIR(x0, x1)                              \
  MULTIPLY("smull", "8b", x0, "v8", "v9", "v10", "v11")    \
  MULTIPLY("smull", "8b", x1, "v12", "v13", "v14", "v15")  \
  MULTIPLY("smlal2", "16b", x0, "v8", "v9", "v10", "v11")  \
  MULTIPLY("smlal2", "16b", x1, "v12", "v13", "v14", "v15")
#define MULTIPLY_HALF(x0, x1)                              \
  MULTIPLY("smull", "8b", x0, "v8", "v9", "v10", "v11")    \
  MULTIPLY("smull", "8b", x1, "v12", "v13", "v14", "v15")
#define ADD(add, p0, p1)                                   \
  add " %[s" p0 "0].4s, v8.8h\n"                           \
  add " %[s" p0 "1].4s, v9.8h\n"                           \
  add " %[s" p0 "2].4s, v10.8h\n"                          \
  add " %[s" p0 "3].4s, v11.8h\n"                          \
  add " %[s" p1 "0].4s, v12.8h\n"                          \
  add " %[s" p1 "1].4s, v13.8h\n"                          \
  add " %[s" p1 "2].4s, v14.8h\n"                          \
  add " %[s" p1 "3].4s, v15.8h\n"
#define LOAD                                               \
  "ld1 {v0.16b, v1.16b, v2.16b, v3.16b}, [%[w]]\n"         \
  "ldr q4, [%[x0], %[at]]\n"                               \
  "ldr q5, [%[x1], %[at]]\n"                               \
  "ldr q6, [%[x2], %[at]]\n"                               \
  "ldr q7, [%[x3], %[at]]\n"                               \
  "add %[w], %[w], #64\n"                                  \
  "adds %[at], %[at], #16\n"
#define STEP(add)                                          \
  MULTIPLY_PAIR("v4", "v5")                                \
  ADD(add, "0", "1")                                       \
  MULTIPLY_PAIR("v6", "v7")                                \
  LOAD                                                     \
  ADD(add, "2", "3")
#define HALF_STEP                                          \
  MULTIPLY_HALF("v4", "v5")                                \
  ADD("sadalp", "0", "1")                                  \
  MULTIPLY_HALF("v6", "v7")                                \
  ADD("sadalp", "2", "3")
// clang-format on

namespace bulwark::kernels {
namespace {

class PairTile {
 public:
  static constexpr conv::TileShape kShape = conv::kShape4x4;
  static constexpr conv::PackShape kPack = conv::kPack4x4;
  static bool exact(const LinearProblem& p) { return products_in_int16(p) >= 2; }

  explicit PairTile(const LinearProblem& p) : steps_(p.depth()), output_(p) {}

  void compute(const std::int8_t* const* rows, const std::uint8_t* record, std::uint8_t* out,
               std::int32_t pixels, std::int32_t channels) const {
    conv::Sums4x4 s;
    // `at` runs up to 0, which is where the load behind the last step happens.
    const std::int64_t end = 16 * steps_.whole + 16;
    const std::int8_t *x0 = rows[0] + end, *x1 = rows[1] + end, *x2 = rows[2] + end, *x3 = rows[3] + end;
    const std::uint8_t* w = record + conv::header_size(kPack);
    std::int64_t at = -end;
    __asm__ volatile(
        // clang-format off
        LOAD
        STEP("saddlp")
        "b.eq 2f\n"
        "1:\n"
        STEP("sadalp")
        "b.ne 1b\n"
        "2:\n"
        "cbz %w[half], 3f\n"
        HALF_STEP
        "3:\n"
        // clang-format on
        : [s00] "=&w"(s[0][0]), [s01] "=&w"(s[0][1]), [s02] "=&w"(s[0][2]), [s03] "=&w"(s[0][3]),
          [s10] "=&w"(s[1][0]), [s11] "=&w"(s[1][1]), [s12] "=&w"(s[1][2]), [s13] "=&w"(s[1][3]),
          [s20] "=&w"(s[2][0]), [s21] "=&w"(s[2][1]), [s22] "=&w"(s[2][2]), [s23] "=&w"(s[2][3]),
          [s30] "=&w"(s[3][0]), [s31] "=&w"(s[3][1]), [s32] "=&w"(s[3][2]), [s33] "=&w"(s[3][3]), [w] "+r"(w),
          [at] "+r"(at)
        : [x0] "r"(x0), [x1] "r"(x1), [x2] "r"(x2), [x3] "r"(x3), [half] "r"(static_cast<std::int32_t>(steps_.half))
        : "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14",
          "v15");
    output_.store(s, record, out, pixels, channels);
  }

 private:
  conv::DepthSteps steps_;
  conv::Output4x4 output_;
};

}  // namespace

BW_DEFINE_LINEAR_KERNEL(conv_s8_s8_4x4_neon, conv::TiledConv<PairTile>)

}  // namespace bulwark::kernels
