// SPDX-License-Identifier: Apache-2.0
// 8-bit weights of which two products fit 16 bits (all but a weight of -128 meeting an input of -128): smull,
// smlal2, sadalp make 16 products in three instructions.
//
// Registers: v0-v3 weights and v4-v7 pixels of a quad, v8-v15 products of two pixels, the rest sums, which
// start from the bias. The loop is software-pipelined: the next quad is loaded before the last sums of this
// one are added. Loads stand apart and write no address back, which in-order cores like.
#include "kernels/common/multiply_neon.h"
#include "kernels/common/product_range.h"
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/spread_neon.h"

// clang-format off
#define PRODUCTS_4(insn, half, x, t0, t1, t2, t3)          \
  insn " " t0 ".8h, " x "." half ", v0." half "\n"         \
  insn " " t1 ".8h, " x "." half ", v1." half "\n"         \
  insn " " t2 ".8h, " x "." half ", v2." half "\n"         \
  insn " " t3 ".8h, " x "." half ", v3." half "\n"
#define PRODUCTS(insn, half, x0, x1)                       \
  PRODUCTS_4(insn, half, x0, "v8", "v9", "v10", "v11")     \
  PRODUCTS_4(insn, half, x1, "v12", "v13", "v14", "v15")
#define ADD(sum, t) "sadalp " sum ".4s, " t ".8h\n"
#define LOAD_WEIGHTS "ld1 {v0.16b, v1.16b, v2.16b, v3.16b}, [%[w]]\n"
#define LOAD_PIXELS "ld1 {v4.16b, v5.16b, v6.16b, v7.16b}, [%[x]]\n"
#define COPY(to, from) "mov " to ".16b, " from ".16b\n"
#define NEXT(from) "add %[" from "], %[" from "], #64\n"
/// 4 of depth; `count` is an instruction that sets the flags of the loop, or nothing.
#define QUAD(count)                                                    \
  PRODUCTS("smull", "8b", "v4", "v5")                                  \
  PRODUCTS("smlal2", "16b", "v4", "v5")                                \
  ADD("v16", "v8") ADD("v17", "v9") ADD("v18", "v10") ADD("v19", "v11") \
  ADD("v20", "v12") ADD("v21", "v13") ADD("v22", "v14") ADD("v23", "v15") \
  PRODUCTS("smull", "8b", "v6", "v7")                                  \
  PRODUCTS("smlal2", "16b", "v6", "v7")                                \
  LOAD_WEIGHTS                                                         \
  ADD("v24", "v8")                                                     \
  NEXT("w")                                                            \
  ADD("v25", "v9") ADD("v26", "v10") ADD("v27", "v11")                 \
  count                                                                \
  ADD("v28", "v12")                                                    \
  LOAD_PIXELS                                                          \
  ADD("v29", "v13") ADD("v30", "v14") ADD("v31", "v15")                \
  NEXT("x")
/// The same of 8 channels: 4 pixels at once.
#define PRODUCTS_2(insn, half, x, t0, t1)                  \
  insn " " t0 ".8h, " x "." half ", v0." half "\n"         \
  insn " " t1 ".8h, " x "." half ", v1." half "\n"
#define PRODUCTS_8_CHANNELS(insn, half)                    \
  PRODUCTS_2(insn, half, "v4", "v8", "v9")                 \
  PRODUCTS_2(insn, half, "v5", "v10", "v11")               \
  PRODUCTS_2(insn, half, "v6", "v12", "v13")               \
  PRODUCTS_2(insn, half, "v7", "v14", "v15")
#define LOAD_2_WEIGHTS "ld1 {v0.16b, v1.16b}, [%[w]]\n"
#define QUAD_8_CHANNELS(count)                                         \
  PRODUCTS_8_CHANNELS("smull", "8b")                                   \
  PRODUCTS_8_CHANNELS("smlal2", "16b")                                 \
  LOAD_2_WEIGHTS                                                       \
  ADD("v16", "v8")                                                     \
  NEXT("w")                                                            \
  ADD("v17", "v9") ADD("v18", "v10") ADD("v19", "v11")                 \
  count                                                                \
  ADD("v20", "v12")                                                    \
  LOAD_PIXELS                                                          \
  ADD("v21", "v13") ADD("v22", "v14") ADD("v23", "v15")                \
  NEXT("x")
// clang-format on

namespace bulwark::kernels {
namespace {

class PairTile {
 public:
  static constexpr conv::SpreadLayout kLayout{conv::SpreadLanes::half_lanes, conv::SpreadOrder::depth_first,
                                              1};
  static constexpr bool kBiased = true, kParts = true, kCentred = false;
  static std::int32_t centre(const LinearProblem&) { return 0; }
  static bool exact(const LinearProblem& p) {
    return products_in_int16(p) >= 2 && instructions(p) <= instructions_4x4(p);
  }

  explicit PairTile(const LinearProblem& p) : quads_(conv::spread_quads(p, kLayout)) {}

  [[gnu::always_inline]] inline void multiply(const std::int8_t* x, const std::uint8_t* w,
                                              const std::uint8_t* start, conv::Sums4x16& s) const {
    register int32x4_t s00 __asm__("v16"), s01 __asm__("v17"), s02 __asm__("v18"), s03 __asm__("v19");
    register int32x4_t s10 __asm__("v20"), s11 __asm__("v21"), s12 __asm__("v22"), s13 __asm__("v23");
    register int32x4_t s20 __asm__("v24"), s21 __asm__("v25"), s22 __asm__("v26"), s23 __asm__("v27");
    register int32x4_t s30 __asm__("v28"), s31 __asm__("v29"), s32 __asm__("v30"), s33 __asm__("v31");
    std::int64_t quads = quads_;
    __asm__ volatile(
        // clang-format off
        "ld1 {v16.4s, v17.4s, v18.4s, v19.4s}, [%[start]]\n"
        LOAD_WEIGHTS
        NEXT("w")
        LOAD_PIXELS
        NEXT("x")
        COPY("v20", "v16") COPY("v21", "v17") COPY("v22", "v18") COPY("v23", "v19")
        COPY("v24", "v16") COPY("v25", "v17") COPY("v26", "v18") COPY("v27", "v19")
        COPY("v28", "v16") COPY("v29", "v17") COPY("v30", "v18") COPY("v31", "v19")
        "tbnz %[quads], #0, 2f\n"
        "1:\n"
        QUAD("")
        "2:\n"
        QUAD("subs %[quads], %[quads], #2\n")
        "b.gt 1b\n"
        // clang-format on
        : "=w"(s00), "=w"(s01), "=w"(s02), "=w"(s03), "=w"(s10), "=w"(s11), "=w"(s12), "=w"(s13), "=w"(s20),
          "=w"(s21), "=w"(s22), "=w"(s23), "=w"(s30), "=w"(s31), "=w"(s32), "=w"(s33), [w] "+r"(w), [x] "+r"(x),
          [quads] "+r"(quads)
        : [start] "r"(start)
        : "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14",
          "v15");
    s[0][0] = s00, s[0][1] = s01, s[0][2] = s02, s[0][3] = s03;
    s[1][0] = s10, s[1][1] = s11, s[1][2] = s12, s[1][3] = s13;
    s[2][0] = s20, s[2][1] = s21, s[2][2] = s22, s[2][3] = s23;
    s[3][0] = s30, s[3][1] = s31, s[3][2] = s32, s[3][3] = s33;
  }

  /// Less than 4 pixels.
  template <int kPixels>
  [[gnu::always_inline]] inline void multiply(const std::int8_t* x, const std::uint8_t* w,
                                              const std::uint8_t* start,
                                              conv::SpreadSums<kPixels, 4>& s) const {
    for (auto& pixel : s) {
      for (int j = 0; j < 4; ++j) pixel[j] = vld1q_s32(reinterpret_cast<const std::int32_t*>(start) + 4 * j);
    }
    for (std::int64_t q = 0; q < quads_; ++q, x += conv::kQuadBytes, w += conv::kQuadBytes) {
      int8x16_t weights[4];
      for (int j = 0; j < 4; ++j) weights[j] = vreinterpretq_s8_u8(vld1q_u8(w + 16 * j));
      for (int i = 0; i < kPixels; ++i) {
        const int8x16_t pixel = vld1q_s8(x + 16 * i);
        for (int j = 0; j < 4; ++j) {
          s[i][j] = vpadalq_s16(s[i][j], vmlal_high_s8(multiply_low(pixel, weights[j]), pixel, weights[j]));
        }
      }
    }
  }

  /// 8 channels.
  [[gnu::always_inline]] inline void multiply(const std::int8_t* x, const std::uint8_t* w,
                                              const std::uint8_t* start, conv::SpreadSums<4, 2>& s) const {
    register int32x4_t s00 __asm__("v16"), s01 __asm__("v17"), s10 __asm__("v18"), s11 __asm__("v19");
    register int32x4_t s20 __asm__("v20"), s21 __asm__("v21"), s30 __asm__("v22"), s31 __asm__("v23");
    std::int64_t quads = quads_;
    __asm__ volatile(
        // clang-format off
        LOAD_2_WEIGHTS
        LOAD_PIXELS
        "ld1 {v16.4s, v17.4s}, [%[start]]\n"
        NEXT("w")
        "ld1 {v18.4s, v19.4s}, [%[start]]\n"
        NEXT("x")
        "ld1 {v20.4s, v21.4s}, [%[start]]\n"
        "ld1 {v22.4s, v23.4s}, [%[start]]\n"
        "tbnz %[quads], #0, 2f\n"
        "1:\n"
        QUAD_8_CHANNELS("")
        "2:\n"
        QUAD_8_CHANNELS("subs %[quads], %[quads], #2\n")
        "b.gt 1b\n"
        // clang-format on
        : "=w"(s00), "=w"(s01), "=w"(s10), "=w"(s11), "=w"(s20), "=w"(s21), "=w"(s30), "=w"(s31), [w] "+r"(w),
          [x] "+r"(x), [quads] "+r"(quads)
        : [start] "r"(start)
        : "memory", "cc", "v0", "v1", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15");
    s[0][0] = s00, s[0][1] = s01, s[1][0] = s10, s[1][1] = s11;
    s[2][0] = s20, s[2][1] = s21, s[3][0] = s30, s[3][1] = s31;
  }

 private:
  /// Of 4 pixels and all channels of a group, about: spreading the rows pays where enough channels share it.
  static std::int64_t instructions(const LinearProblem& p) {
    const std::int64_t channels = p.out_c / p.groups, last = channels % 16,
                       quads = conv::spread_quads(p, kLayout);
    const std::int64_t whole = channels / 16 + (last > 8), half = last > 0 && last <= 8;
    return whole * (53 * quads + 105) + half * (29 * quads + 65) + 7 * quads + 120;
  }
  /// Of conv_s8_s8_4x4_neon.
  static std::int64_t instructions_4x4(const LinearProblem& p) {
    return (p.out_c / p.groups + 3) / 4 * ((p.depth() + 7) / 8 * 55 / 2 + 85) + 160;
  }

  std::int64_t quads_;
};

}  // namespace

BW_DEFINE_LINEAR_KERNEL(conv_s8_s8_4x16_neon, conv::SpreadConv<PairTile>)

}  // namespace bulwark::kernels
