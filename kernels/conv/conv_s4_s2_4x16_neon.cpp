// SPDX-License-Identifier: Apache-2.0
// Operands of which many products fit 8 bits (2-bit or ternary weights with inputs of up to 4 bits): mla
// makes 16 products in an instruction; sums are widened to 16 bits after as many steps as the problem's
// ranges allow, and to 32 bits at the end.
//
// Registers as in chain_tile_neon.h: v16-v31 8-bit sums, v0-v15 16-bit ones at the end.
#include "kernels/common/product_range.h"
#include "kernels/conv/chain_tile_neon.h"
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/narrow_output_neon.h"
#include "kernels/conv/spread_neon.h"

// clang-format off
#define BW_CHAIN_FIRST "mul"
#define BW_CHAIN_MORE "mla"
#define BW_CHAIN_WIDEN(to, from) "sadalp " to ".8h, " from ".16b\n"
#define PIXEL(insn, s0, s1, s2, s3, x, w0, w1, w2, w3)                                             \
  insn " " s0 ".16b, " x ".16b, " w0 ".16b\n"                                                      \
  insn " " s1 ".16b, " x ".16b, " w1 ".16b\n"                                                      \
  insn " " s2 ".16b, " x ".16b, " w2 ".16b\n"                                                      \
  insn " " s3 ".16b, " x ".16b, " w3 ".16b\n"
#define BW_CHAIN_QUAD(insn, x0, x1, x2, x3, w0, w1, w2, w3, load_x, load_w)                        \
  PIXEL(insn, "v16", "v17", "v18", "v19", x0, w0, w1, w2, w3)                                      \
  load_x                                                                                           \
  PIXEL(insn, "v20", "v21", "v22", "v23", x1, w0, w1, w2, w3)                                      \
  load_w                                                                                           \
  PIXEL(insn, "v24", "v25", "v26", "v27", x2, w0, w1, w2, w3)                                      \
  PIXEL(insn, "v28", "v29", "v30", "v31", x3, w0, w1, w2, w3)
/// Adds the 16-bit sums to the biases.
#define WIDEN_2(to, from) "sadalp " to ".4s, " from ".8h\n"
#define WIDEN_4_AGAIN(t0, t1, t2, t3, s0, s1, s2, s3)                                              \
  WIDEN_2(t0, s0) WIDEN_2(t1, s1) WIDEN_2(t2, s2) WIDEN_2(t3, s3)
#define WIDEN_AGAIN                                                                                \
  BW_CHAIN_LOAD("v16", "v17", "v18", "v19", "%[start]")                                            \
  BW_CHAIN_LOAD("v20", "v21", "v22", "v23", "%[start]")                                            \
  BW_CHAIN_LOAD("v24", "v25", "v26", "v27", "%[start]")                                            \
  WIDEN_4_AGAIN("v16", "v17", "v18", "v19", "v0", "v1", "v2", "v3")                                \
  BW_CHAIN_LOAD("v28", "v29", "v30", "v31", "%[start]")                                            \
  WIDEN_4_AGAIN("v20", "v21", "v22", "v23", "v4", "v5", "v6", "v7")                                \
  WIDEN_4_AGAIN("v24", "v25", "v26", "v27", "v8", "v9", "v10", "v11")                              \
  WIDEN_4_AGAIN("v28", "v29", "v30", "v31", "v12", "v13", "v14", "v15")
/// 8 channels of a pixel in a vector, and the rest of the tile.
#define JOIN(to, a, b) "addp " to ".8h, " a ".8h, " b ".8h\n"
#define STORE_PIXEL(q, to) "str " q ", [" to "]\n"
#define FINISH_NARROW                                                                              \
  BW_CHAIN_PIXELS                                                                                  \
  BW_NARROW_ADDRESSES("%[record]", BW_W1, BW_W2, BW_W3)                                            \
  "add %[x], %[out], %[pixel]\n"                                                                   \
  "add %[w], %[out], %[pixel], lsl #1\n"                                                           \
  "add %[left], %[x], %[pixel], lsl #1\n"                                                          \
  BW_CHAIN_LOAD("v8", "v9", "v10", "v11", BW_X2)                                                   \
  BW_CHAIN_LOAD("v12", "v13", "v14", "v15", BW_X3)                                                 \
  BW_CHAIN_LOAD("v0", "v1", "v2", "v3", "%[from]")                                                 \
  BW_CHAIN_WIDEN_4("v8", "v9", "v10", "v11", "v24", "v25", "v26", "v27")                           \
  BW_CHAIN_LOAD("v4", "v5", "v6", "v7", BW_X1)                                                     \
  BW_CHAIN_WIDEN_4("v12", "v13", "v14", "v15", "v28", "v29", "v30", "v31")                         \
  BW_NARROW_ALL(BW_W2)                                                                             \
  BW_CHAIN_WIDEN_4("v0", "v1", "v2", "v3", "v16", "v17", "v18", "v19")                             \
  BW_NARROW_CHANNELS(BW_W1)                                                                        \
  BW_CHAIN_WIDEN_4("v4", "v5", "v6", "v7", "v20", "v21", "v22", "v23")                             \
  JOIN("v8", "v8", "v9") JOIN("v12", "v12", "v13") JOIN("v0", "v0", "v1") JOIN("v4", "v4", "v5")   \
  BW_NARROW_RANGE("v22", "v23", BW_W3)                                                             \
  JOIN("v10", "v10", "v11") JOIN("v14", "v14", "v15") JOIN("v2", "v2", "v3") JOIN("v6", "v6", "v7") \
  BW_NARROW_OUTPUT("v8", "v12", "v0", "v4", "v10", "v14", "v2", "v6", "v22", "v23")                \
  STORE_PIXEL("q8", "%[w]") STORE_PIXEL("q12", "%[left]") STORE_PIXEL("q0", "%[out]") STORE_PIXEL("q4", "%[x]")
// clang-format on

namespace bulwark::kernels {
namespace {

class ByteChainTile {
 public:
  using Rule = conv::ByteChains;
  static constexpr bool kBiased = true, kParts = false, kCentred = true;

  explicit ByteChainTile(const LinearProblem& p) : steps_(conv::spread_steps(p)) {
    const std::int64_t most = centred_products(p, 127).products / 2;
    const std::int64_t chains = (steps_ + most - 1) / most;
    chain_steps_ = (steps_ + chains - 1) / chains;
  }

  [[gnu::always_inline]] inline void narrow(const std::int8_t* x, const std::uint8_t* w,
                                            const std::uint8_t* record, std::uint8_t* out,
                                            std::ptrdiff_t pixel) const {
    const std::uint8_t* from = record;
    std::int16_t wide[128];
    std::int64_t left = steps_, stride = 0, steps;
    __asm__ volatile(
        // clang-format off
        BW_CHAINS
        FINISH_NARROW
        // clang-format on
        : [w] "+&r"(w), [x] "+&r"(x), [left] "+&r"(left), [from] "+&r"(from), [stride] "+&r"(stride),
          [steps] "=&r"(steps)
        : [most] "r"(chain_steps_), [wide] "r"(wide), [record] "r"(record), [out] "r"(out),
          [pixel] "r"(pixel), BW_NARROW_OFFSETS
        : "memory", "cc", "x9", "x10", "x11", "x12", "x13", "x14", "v0", "v1", "v2", "v3", "v4", "v5", "v6",
          "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20",
          "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31");
  }

  [[gnu::always_inline]] inline void multiply(const std::int8_t* x, const std::uint8_t* w,
                                              const std::uint8_t* start, conv::Sums4x16& s) const {
    register int32x4_t s00 __asm__("v16"), s01 __asm__("v17"), s02 __asm__("v18"), s03 __asm__("v19");
    register int32x4_t s10 __asm__("v20"), s11 __asm__("v21"), s12 __asm__("v22"), s13 __asm__("v23");
    register int32x4_t s20 __asm__("v24"), s21 __asm__("v25"), s22 __asm__("v26"), s23 __asm__("v27");
    register int32x4_t s30 __asm__("v28"), s31 __asm__("v29"), s32 __asm__("v30"), s33 __asm__("v31");
    alignas(64) static constexpr std::uint8_t kZeros[64] = {};
    const std::uint8_t* from = kZeros;
    std::int16_t wide[128];
    std::int64_t left = steps_, stride = 0, steps;
    __asm__ volatile(
        // clang-format off
        BW_CHAINS
        BW_CHAIN_ADD_TO_PIXELS
        WIDEN_AGAIN
        // clang-format on
        : "=&w"(s00), "=&w"(s01), "=&w"(s02), "=&w"(s03), "=&w"(s10), "=&w"(s11), "=&w"(s12), "=&w"(s13),
          "=&w"(s20), "=&w"(s21), "=&w"(s22), "=&w"(s23), "=&w"(s30), "=&w"(s31), "=&w"(s32),
          "=&w"(s33), [w] "+&r"(w), [x] "+&r"(x), [left] "+&r"(left), [from] "+&r"(from),
          [stride] "+&r"(stride), [steps] "=&r"(steps)
        : [most] "r"(chain_steps_), [wide] "r"(wide), [start] "r"(start)
        : "memory", "cc", "x9", "x10", "x11", "x12", "x13", "x14", "v0", "v1", "v2", "v3", "v4", "v5", "v6",
          "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15");
    s[0][0] = s00, s[0][1] = s01, s[0][2] = s02, s[0][3] = s03;
    s[1][0] = s10, s[1][1] = s11, s[1][2] = s12, s[1][3] = s13;
    s[2][0] = s20, s[2][1] = s21, s[2][2] = s22, s[2][3] = s23;
    s[3][0] = s30, s[3][1] = s31, s[3][2] = s32, s[3][3] = s33;
  }

 private:
  std::int64_t steps_, chain_steps_;
};

}  // namespace

BW_DEFINE_LINEAR_RUN(conv_s4_s2_4x16_neon, conv::SpreadConv<ByteChainTile>)

}  // namespace bulwark::kernels
