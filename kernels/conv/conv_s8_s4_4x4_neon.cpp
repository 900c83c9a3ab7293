// SPDX-License-Identifier: Apache-2.0
// Operands so narrow (4-bit weights, for example) that many products fit 16 bits: smlal and smlal2 alone make
// 16 products in two instructions, and sums are widened after as many steps as the problem's ranges allow.
//
// For the channel counts that would waste much of a tile of 16 (conv_s8_s4_4x16_neon.cpp).
//
// Registers: v0-v3 weights, v4-v7 pixels, the rest 16-bit sums. Loads stand together and write no address
// back: in-order cores stall where they mix with multiplications.
#include "kernels/common/product_range.h"
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/tile_neon.h"

// clang-format off
#define MULTIPLY(insn, half, x, p)                         \
  insn " %[s" p "0].8h, " x "." half ", v0." half "\n"     \
  insn " %[s" p "1].8h, " x "." half ", v1." half "\n"     \
  insn " %[s" p "2].8h, " x "." half ", v2." half "\n"     \
  insn " %[s" p "3].8h, " x "." half ", v3." half "\n"
#define MULTIPLY_ALL(insn, half)                           \
  MULTIPLY(insn, half, "v4", "0")                          \
  MULTIPLY(insn, half, "v5", "1")                          \
  MULTIPLY(insn, half, "v6", "2")                          \
  MULTIPLY(insn, half, "v7", "3")
#define LOAD                                               \
  "ld1 {v0.16b, v1.16b, v2.16b, v3.16b}, [%[w]]\n"         \
  "ldr q4, [%[x0], %[at]]\n"                               \
  "ldr q5, [%[x1], %[at]]\n"                               \
  "ldr q6, [%[x2], %[at]]\n"                               \
  "ldr q7, [%[x3], %[at]]\n"                               \
  "add %[w], %[w], #64\n"                                  \
  "adds %[at], %[at], #16\n"
// clang-format on

namespace bulwark::kernels {
namespace {

using Sums16 = int16x8_t[4][4];

class ChainTile {
 public:
  static constexpr conv::TileShape kShape = conv::kShape4x4;
  static constexpr conv::PackShape kPack = conv::kPack4x4;

  explicit ChainTile(const LinearProblem& p) : steps_(p.depth()), output_(p) {
    // A step adds 2 products to a lane, the half step 1 more.
    const std::int64_t most = (products_in_int16(p) - 1) / 2;
    chains_ = (steps_.whole + most - 1) / most;
    chain_steps_ = (steps_.whole + chains_ - 1) / chains_;
  }

  void compute(const std::int8_t* const* rows, const std::uint8_t* record, std::uint8_t* out,
               std::int32_t pixels, std::int32_t channels) const {
    const std::uint8_t* w = record + conv::header_size(kPack);
    conv::Sums4x4 sums;
    Sums16 chain;
    if (chains_ == 1) {
      multiply(rows, w, 0, steps_.whole, steps_.half, chain);
      for (int i = 0; i < 16; ++i) sums[i / 4][i % 4] = vpaddlq_s16(chain[i / 4][i % 4]);
    } else {
      for (auto& sum : sums) sum[0] = sum[1] = sum[2] = sum[3] = vdupq_n_s32(0);
      for (std::int64_t begin = 0; begin < steps_.whole; begin += chain_steps_) {
        const bool last = begin + chain_steps_ >= steps_.whole;
        const std::int64_t end = last ? steps_.whole : begin + chain_steps_;
        multiply(rows, w + 64 * begin, begin, end, last && steps_.half, chain);
        for (int i = 0; i < 16; ++i)
          sums[i / 4][i % 4] = vpadalq_s16(sums[i / 4][i % 4], chain[i / 4][i % 4]);
      }
    }
    output_.store(sums, record, out, pixels, channels);
  }

 private:
  /// One chain: the steps begin..end - 1, and a half step behind them.
  [[gnu::always_inline]] static inline void multiply(const std::int8_t* const* rows, const std::uint8_t* w,
                                                     std::int64_t begin, std::int64_t end, bool half,
                                                     Sums16& s) {
    // `at` runs up to 0.
    const std::int8_t *x0 = rows[0] + 16 * end, *x1 = rows[1] + 16 * end;
    const std::int8_t *x2 = rows[2] + 16 * end, *x3 = rows[3] + 16 * end;
    std::int64_t at = 16 * (begin - end);
    __asm__ volatile(
        // clang-format off
        LOAD
        MULTIPLY_ALL("smull", "8b")
        MULTIPLY_ALL("smlal2", "16b")
        "b.eq 2f\n"
        "1:\n"
        LOAD
        MULTIPLY_ALL("smlal", "8b")
        MULTIPLY_ALL("smlal2", "16b")
        "b.ne 1b\n"
        "2:\n"
        "cbz %w[half], 3f\n"
        LOAD
        MULTIPLY_ALL("smlal", "8b")
        "3:\n"
        // clang-format on
        : [s00] "=&w"(s[0][0]), [s01] "=&w"(s[0][1]), [s02] "=&w"(s[0][2]), [s03] "=&w"(s[0][3]),
          [s10] "=&w"(s[1][0]), [s11] "=&w"(s[1][1]), [s12] "=&w"(s[1][2]), [s13] "=&w"(s[1][3]),
          [s20] "=&w"(s[2][0]), [s21] "=&w"(s[2][1]), [s22] "=&w"(s[2][2]), [s23] "=&w"(s[2][3]),
          [s30] "=&w"(s[3][0]), [s31] "=&w"(s[3][1]), [s32] "=&w"(s[3][2]), [s33] "=&w"(s[3][3]), [w] "+r"(w),
          [at] "+r"(at)
        : [x0] "r"(x0), [x1] "r"(x1), [x2] "r"(x2), [x3] "r"(x3), [half] "r"(static_cast<std::int32_t>(half))
        : "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7");
  }

  conv::DepthSteps steps_;
  std::int64_t chains_, chain_steps_;
  conv::Output4x4 output_;
};

}  // namespace

BW_DEFINE_LINEAR_RUN(conv_s8_s4_4x4_neon, conv::TiledConv<ChainTile>)

}  // namespace bulwark::kernels
