// SPDX-License-Identifier: Apache-2.0
// Operands so narrow (4-bit weights, for example) that many products fit 16 bits: smlal and smlal2 alone make
// 16 products in two instructions, and sums are widened after as many steps as the problem's ranges allow.
//
// Registers as in chain_tile_neon.h: v16-v31 16-bit sums, v0-v15 32-bit ones at the end.
#include "kernels/common/product_range.h"
#include "kernels/conv/chain_tile_neon.h"
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/spread_neon.h"

// clang-format off
#define BW_CHAIN_FIRST "smull"
#define BW_CHAIN_MORE "smlal"
#define BW_CHAIN_WIDEN(to, from) "sadalp " to ".4s, " from ".8h\n"
#define PIXEL(insn, half, s0, s1, s2, s3, x, w0, w1, w2, w3)                                       \
  insn " " s0 ".8h, " x "." half ", " w0 "." half "\n"                                             \
  insn " " s1 ".8h, " x "." half ", " w1 "." half "\n"                                             \
  insn " " s2 ".8h, " x "." half ", " w2 "." half "\n"                                             \
  insn " " s3 ".8h, " x "." half ", " w3 "." half "\n"
#define BW_CHAIN_QUAD(insn, x0, x1, x2, x3, w0, w1, w2, w3, load_x, load_w)                        \
  PIXEL(insn, "8b", "v16", "v17", "v18", "v19", x0, w0, w1, w2, w3)                                \
  load_x                                                                                           \
  PIXEL(insn, "8b", "v20", "v21", "v22", "v23", x1, w0, w1, w2, w3)                                \
  load_w                                                                                           \
  PIXEL(insn, "8b", "v24", "v25", "v26", "v27", x2, w0, w1, w2, w3)                                \
  PIXEL(insn, "8b", "v28", "v29", "v30", "v31", x3, w0, w1, w2, w3)                                \
  PIXEL("smlal2", "16b", "v16", "v17", "v18", "v19", x0, w0, w1, w2, w3)                           \
  PIXEL("smlal2", "16b", "v20", "v21", "v22", "v23", x1, w0, w1, w2, w3)                           \
  PIXEL("smlal2", "16b", "v24", "v25", "v26", "v27", x2, w0, w1, w2, w3)                           \
  PIXEL("smlal2", "16b", "v28", "v29", "v30", "v31", x3, w0, w1, w2, w3)
// clang-format on

namespace bulwark::kernels {
namespace {

class ChainTile {
 public:
  using Rule = conv::WordChains;
  static constexpr bool kBiased = true, kParts = false, kCentred = true;

  explicit ChainTile(const LinearProblem& p) : steps_(conv::spread_steps(p)) {
    const std::int64_t most = centred_products(p, 32767).products / 4;
    const std::int64_t chains = (steps_ + most - 1) / most;
    chain_steps_ = (steps_ + chains - 1) / chains;
  }

  [[gnu::always_inline]] inline void multiply(const std::int8_t* x, const std::uint8_t* w,
                                              const std::uint8_t* start, conv::Sums4x16& s) const {
    register int32x4_t s00 __asm__("v0"), s01 __asm__("v1"), s02 __asm__("v2"), s03 __asm__("v3");
    register int32x4_t s10 __asm__("v4"), s11 __asm__("v5"), s12 __asm__("v6"), s13 __asm__("v7");
    register int32x4_t s20 __asm__("v8"), s21 __asm__("v9"), s22 __asm__("v10"), s23 __asm__("v11");
    register int32x4_t s30 __asm__("v12"), s31 __asm__("v13"), s32 __asm__("v14"), s33 __asm__("v15");
    std::int32_t wide[64];
    std::int64_t left = steps_, stride = 0, steps;
    __asm__ volatile(
        // clang-format off
        BW_CHAINS
        BW_CHAIN_ADD_TO_PIXELS
        // clang-format on
        : "=&w"(s00), "=&w"(s01), "=&w"(s02), "=&w"(s03), "=&w"(s10), "=&w"(s11), "=&w"(s12), "=&w"(s13),
          "=&w"(s20), "=&w"(s21), "=&w"(s22), "=&w"(s23), "=&w"(s30), "=&w"(s31), "=&w"(s32),
          "=&w"(s33), [w] "+&r"(w), [x] "+&r"(x), [left] "+&r"(left), [from] "+&r"(start),
          [stride] "+&r"(stride), [steps] "=&r"(steps)
        : [most] "r"(chain_steps_), [wide] "r"(wide)
        : "memory", "cc", "x9", "x10", "x11", "x12", "x13", "x14", "v16", "v17", "v18", "v19", "v20", "v21",
          "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31");
    s[0][0] = s00, s[0][1] = s01, s[0][2] = s02, s[0][3] = s03;
    s[1][0] = s10, s[1][1] = s11, s[1][2] = s12, s[1][3] = s13;
    s[2][0] = s20, s[2][1] = s21, s[2][2] = s22, s[2][3] = s23;
    s[3][0] = s30, s[3][1] = s31, s[3][2] = s32, s[3][3] = s33;
  }

 private:
  std::int64_t steps_, chain_steps_;
};

}  // namespace

BW_DEFINE_LINEAR_RUN(conv_s8_s4_4x16_neon, conv::SpreadConv<ChainTile>)

}  // namespace bulwark::kernels
