// SPDX-License-Identifier: Apache-2.0
// Operands of which two products fit 8 bits (4-bit weights with inputs of up to 4 bits, re-centred): mul, mla
// and sadalp make 32 products in three instructions; 8 channels at a time, so that 8 products hide each
// other's latency.
//
// Registers: v0-v3 pixels of the first half of a step, v4-v7 those of the second, v8-v11 weights of both,
// v16-v23 16-bit sums, v24-v31 products. Loads run ahead by a step. In-order cores wait for all results
// before a branch: two steps make a loop, and addresses move together at its end.
#include "kernels/common/product_range.h"
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/narrow_output_neon.h"
#include "kernels/conv/spread_neon.h"

// clang-format off
#define PRODUCTS(insn, x0, x1, x2, x3, w0, w1)                                                     \
  insn " v24.16b, " x0 ".16b, " w0 ".16b\n"                                                        \
  insn " v25.16b, " x0 ".16b, " w1 ".16b\n"                                                        \
  insn " v26.16b, " x1 ".16b, " w0 ".16b\n"                                                        \
  insn " v27.16b, " x1 ".16b, " w1 ".16b\n"                                                        \
  insn " v28.16b, " x2 ".16b, " w0 ".16b\n"                                                        \
  insn " v29.16b, " x2 ".16b, " w1 ".16b\n"                                                        \
  insn " v30.16b, " x3 ".16b, " w0 ".16b\n"                                                        \
  insn " v31.16b, " x3 ".16b, " w1 ".16b\n"
#define ADD_PAIRS(sum, t) "sadalp " sum ".8h, " t ".16b\n"
#define LOAD(v0, v1, v2, v3, from)                                                                 \
  "ld1 {" v0 ".16b, " v1 ".16b, " v2 ".16b, " v3 ".16b}, [" from "]\n"
#define LOAD_FIRST(from) LOAD("v0", "v1", "v2", "v3", from)
#define LOAD_SECOND(from) LOAD("v4", "v5", "v6", "v7", from)
#define LOAD_WEIGHTS(from) LOAD("v8", "v9", "v10", "v11", from)
/// A step, with the loads of the next.
#define STEP(first, second, weights)                                                               \
  PRODUCTS("mul", "v0", "v1", "v2", "v3", "v8", "v9")                                              \
  LOAD_FIRST(first)                                                                                \
  PRODUCTS("mla", "v4", "v5", "v6", "v7", "v10", "v11")                                            \
  LOAD_WEIGHTS(weights)                                                                            \
  ADD_PAIRS("v16", "v24") ADD_PAIRS("v17", "v25") ADD_PAIRS("v18", "v26") ADD_PAIRS("v19", "v27")  \
  LOAD_SECOND(second)                                                                              \
  ADD_PAIRS("v20", "v28") ADD_PAIRS("v21", "v29") ADD_PAIRS("v22", "v30") ADD_PAIRS("v23", "v31")
#define ADD(to, from, n) "add " to ", " from ", #" n "\n"
#define ADDRESSES                                                                                  \
  ADD("x9", "%[x]", "128") ADD("x13", "%[w]", "64") ADD("x10", "%[x]", "192") ADD("x14", "%[w]", "128") \
  ADD("x11", "%[x]", "256") ADD("x12", "%[x]", "320")
#define NEXT                                                                                       \
  ADD("x9", "x9", "256") ADD("x13", "x13", "128") ADD("x10", "x10", "256") ADD("x14", "x14", "128") \
  ADD("x11", "x11", "256") ADD("x12", "x12", "256")
#define START(v0, v1) "ld1 {" v0 ".8h, " v1 ".8h}, [%[start]]\n"
#define LOAD_ALL                                                                                   \
  "add %[x], %[x], #64\n"                                                                          \
  START("v16", "v17") START("v18", "v19") START("v20", "v21") START("v22", "v23")                  \
  LOAD_WEIGHTS("%[w]")                                                                             \
  LOAD_SECOND("%[x]")
/// Sums of 8 channels that start from 16 numbers. An odd number of steps begins in the middle of the loop.
#define CHAIN                                                                                      \
  "tbz %w[steps], #0, 1f\n"                                                                        \
  LOAD_FIRST("%[x]")                                                                               \
  LOAD_ALL                                                                                         \
  "sub %[x], %[x], #192\n"                                                                         \
  "sub %[w], %[w], #64\n"                                                                          \
  ADDRESSES                                                                                        \
  STEP("x11", "x12", "x14")                                                                        \
  NEXT                                                                                             \
  "subs %w[steps], %w[steps], #1\n"                                                                \
  "b.gt 2f\n"                                                                                      \
  "b 3f\n"                                                                                         \
  "1:\n"                                                                                           \
  LOAD_FIRST("%[x]")                                                                               \
  ADDRESSES                                                                                        \
  LOAD_ALL                                                                                         \
  "2:\n"                                                                                           \
  STEP("x9", "x10", "x13")                                                                         \
  STEP("x11", "x12", "x14")                                                                        \
  "subs %w[steps], %w[steps], #2\n"                                                                \
  NEXT                                                                                             \
  "b.gt 2b\n"                                                                                      \
  "3:\n"
/// 8 channels of a pixel in a vector, and the rest of the tile.
#define JOIN(to, a, b) "addp " to ".8h, " a ".8h, " b ".8h\n"
#define STORE_PIXEL(q, to) "str " q ", [" to "]\n"
#define FINISH_NARROW                                                                              \
  BW_NARROW_ADDRESSES("%[record]", "x9", "x10", "x11")                                             \
  "add %[x], %[out], %[pixel]\n"                                                                   \
  "add %[w], %[out], %[pixel], lsl #1\n"                                                           \
  "add %[start], %[x], %[pixel], lsl #1\n"                                                         \
  BW_NARROW_ALL("x10")                                                                             \
  JOIN("v4", "v16", "v17") JOIN("v5", "v18", "v19") JOIN("v6", "v20", "v21") JOIN("v7", "v22", "v23") \
  BW_NARROW_CHANNELS("x9")                                                                         \
  BW_NARROW_RANGE("v0", "v1", "x11")                                                               \
  BW_NARROW_OUTPUT("v12", "v13", "v14", "v15", "v4", "v5", "v6", "v7", "v0", "v1")                 \
  STORE_PIXEL("q12", "%[out]") STORE_PIXEL("q13", "%[x]") STORE_PIXEL("q14", "%[w]") STORE_PIXEL("q15", "%[start]")
// clang-format on

namespace bulwark::kernels {
namespace {

/// Of 4 pixels: [pixel][vector of 4 channels].
using PairSums = int16x8_t[4][2];

class PairTile {
 public:
  using Rule = conv::BytePairs;
  static constexpr bool kBiased = true, kParts = false, kCentred = true;

  explicit PairTile(const LinearProblem& p) : steps_(conv::spread_steps(p)) {
    const std::int64_t most = products_in_int16(p, Rule::centre(p)) / 4;
    const std::int64_t chains = (steps_ + most - 1) / most;
    chain_steps_ = (steps_ + chains - 1) / chains;
  }

  [[gnu::always_inline]] inline void narrow(const std::int8_t* x, const std::uint8_t* w,
                                            const std::uint8_t* record, std::uint8_t* out,
                                            std::ptrdiff_t pixel) const {
    PairSums s;
    chain(x, w, record, steps_, s);
    register int16x8_t s0 __asm__("v12") = vpaddq_s16(s[0][0], s[0][1]);
    register int16x8_t s1 __asm__("v13") = vpaddq_s16(s[1][0], s[1][1]);
    register int16x8_t s2 __asm__("v14") = vpaddq_s16(s[2][0], s[2][1]);
    register int16x8_t s3 __asm__("v15") = vpaddq_s16(s[3][0], s[3][1]);
    const std::uint8_t* start = record + 32;
    std::int64_t steps = steps_;
    w += steps * kHalfStep;
    __asm__ volatile(
        // clang-format off
        CHAIN
        FINISH_NARROW
        // clang-format on
        : [w] "+&r"(w), [x] "+&r"(x), [start] "+&r"(start), [steps] "+&r"(steps), "+w"(s0), "+w"(s1),
          "+w"(s2), "+w"(s3)
        : [record] "r"(record), [out] "r"(out), [pixel] "r"(pixel), BW_NARROW_OFFSETS
        : "memory", "cc", "x9", "x10", "x11", "x12", "x13", "x14", "v0", "v1", "v2", "v3", "v4", "v5", "v6",
          "v7", "v8", "v9", "v10", "v11", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24",
          "v25", "v26", "v27", "v28", "v29", "v30", "v31");
  }

  [[gnu::always_inline]] inline void multiply(const std::int8_t* x, const std::uint8_t* w,
                                              const std::uint8_t* start, conv::Sums4x16& sums) const {
    for (int half = 0; half < 2; ++half) {
      conv::SpreadSums<4, 2> t;
      multiply_half(x, w + half * steps_ * kHalfStep, start + half * 32, t);
      for (int i = 0; i < 8; ++i) sums[i / 2][2 * half + i % 2] = t[i / 2][i % 2];
    }
  }

 private:
  static constexpr std::int64_t kHalfStep = conv::kStepBytes / 2;

  [[gnu::noinline]] void multiply_half(const std::int8_t* x, const std::uint8_t* w, const std::uint8_t* start,
                                       conv::SpreadSums<4, 2>& sums) const {
    alignas(64) static constexpr std::uint8_t kZeros[32] = {};
    for (int i = 0; i < 8; ++i)
      sums[i / 2][i % 2] = vld1q_s32(reinterpret_cast<const std::int32_t*>(start) + i % 2 * 4);
    for (std::int64_t left = steps_; left > 0; left -= chain_steps_) {
      PairSums s;
      chain(x, w, kZeros, left < chain_steps_ ? left : chain_steps_, s);
      for (int i = 0; i < 8; ++i) sums[i / 2][i % 2] = vpadalq_s16(sums[i / 2][i % 2], s[i / 2][i % 2]);
      x += conv::kStepBytes * chain_steps_;
      w += kHalfStep * chain_steps_;
    }
  }

  [[gnu::always_inline]] static inline void chain(const std::int8_t* x, const std::uint8_t* w,
                                                  const std::uint8_t* start, std::int64_t steps,
                                                  PairSums& s) {
    register int16x8_t s00 __asm__("v16"), s01 __asm__("v17"), s10 __asm__("v18"), s11 __asm__("v19");
    register int16x8_t s20 __asm__("v20"), s21 __asm__("v21"), s30 __asm__("v22"), s31 __asm__("v23");
    __asm__ volatile(
        // clang-format off
        CHAIN
        // clang-format on
        : "=&w"(s00), "=&w"(s01), "=&w"(s10), "=&w"(s11), "=&w"(s20), "=&w"(s21), "=&w"(s30),
          "=&w"(s31), [w] "+&r"(w), [x] "+&r"(x), [steps] "+&r"(steps)
        : [start] "r"(start)
        : "memory", "cc", "x9", "x10", "x11", "x12", "x13", "x14", "v0", "v1", "v2", "v3", "v4", "v5", "v6",
          "v7", "v8", "v9", "v10", "v11", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31");
    s[0][0] = s00, s[0][1] = s01, s[1][0] = s10, s[1][1] = s11;
    s[2][0] = s20, s[2][1] = s21, s[3][0] = s30, s[3][1] = s31;
  }

  std::int64_t steps_, chain_steps_;
};

}  // namespace

BW_DEFINE_LINEAR_RUN(conv_s4_s4_4x16_neon, conv::SpreadConv<PairTile>)

}  // namespace bulwark::kernels
