// SPDX-License-Identifier: Apache-2.0
// 8-bit weights of which two products fit 16 bits (all but a weight of -128 meeting an input of -128): smull,
// smlal2, sadalp make 16 products in three instructions.
#include "kernels/common/multiply_neon.h"
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/spread_tile_neon.h"

// clang-format off
#define QUAD(count)                                        \
  BW_PRODUCTS("smull", "8b", "v4", "v5")                   \
  BW_PRODUCTS("smlal2", "16b", "v4", "v5")                 \
  BW_ADD_FIRST                                             \
  BW_PRODUCTS("smull", "8b", "v6", "v7")                   \
  BW_PRODUCTS("smlal2", "16b", "v6", "v7")                 \
  BW_ADD_LAST_AND_LOAD(count)
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
  BW_ADD("v16", "v8")                                                     \
  BW_NEXT("w")                                                            \
  BW_ADD("v17", "v9") BW_ADD("v18", "v10") BW_ADD("v19", "v11")                 \
  count                                                                \
  BW_ADD("v20", "v12")                                                    \
  BW_LOAD_PIXELS                                                          \
  BW_ADD("v21", "v13") BW_ADD("v22", "v14") BW_ADD("v23", "v15")                \
  BW_NEXT("x")
// clang-format on

namespace bulwark::kernels {
namespace {

class PairTile {
 public:
  using Rule = conv::WordPairs;
  static constexpr bool kBiased = true, kParts = true, kCentred = false;

  explicit PairTile(const LinearProblem& p) : quads_(conv::spread_quads(p, Rule::kLayout)) {}

  [[gnu::always_inline]] inline void multiply(const std::int8_t* x, const std::uint8_t* w,
                                              const std::uint8_t* start, conv::Sums4x16& s) const {
    std::int64_t quads = quads_;
    BW_SUM_SPREAD_TILE(QUAD, s, x, w, start, quads);
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
        BW_LOAD_PIXELS
        "ld1 {v16.4s, v17.4s}, [%[start]]\n"
        BW_NEXT("w")
        "ld1 {v18.4s, v19.4s}, [%[start]]\n"
        BW_NEXT("x")
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
  std::int64_t quads_;
};

}  // namespace

BW_DEFINE_LINEAR_RUN(conv_s8_s8_4x16_neon, conv::SpreadConv<PairTile>)

}  // namespace bulwark::kernels
