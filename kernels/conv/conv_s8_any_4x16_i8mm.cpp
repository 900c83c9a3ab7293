// SPDX-License-Identifier: Apache-2.0
// Any 8-bit weights with the matrix instructions: 4 pixels times 16 channels, 32 of depth a step. smmla
// multiplies 2 pixels by 2 channels, 8 deep, so that a sum's lanes are pixel 0 channels 0 and 1, pixel 1
// channels 0 and 1; they are put in order as bytes.
//
// Pairs of pixels are v12 and v13, weights of 8 of depth v8-v11, first of 8 channels, then of the others.
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/dot_asm_neon.h"
#include "kernels/conv/dot_conv_neon.h"

// clang-format off
#define LOAD_W "ld1 {v8.16b, v9.16b, v10.16b, v11.16b}, [%[w]], #64\n"
#define MULTIPLY_4(s0, s1, s2, s3, x)                      \
  "smmla " s0 ".4s, " x ".16b, v8.16b\n"                   \
  "smmla " s1 ".4s, " x ".16b, v9.16b\n"                   \
  "smmla " s2 ".4s, " x ".16b, v10.16b\n"                  \
  "smmla " s3 ".4s, " x ".16b, v11.16b\n"

/// 8 of depth of pairs of pixels.
#define MULTIPLY_2x8                                       \
  LOAD_W                                                   \
  MULTIPLY_4("v16", "v17", "v18", "v19", "v12")
#define MULTIPLY_4x8                                       \
  MULTIPLY_2x8                                             \
  MULTIPLY_4("v20", "v21", "v22", "v23", "v13")
#define MULTIPLY_2x16                                      \
  MULTIPLY_2x8                                             \
  LOAD_W                                                   \
  MULTIPLY_4("v20", "v21", "v22", "v23", "v12")
#define MULTIPLY_4x16                                      \
  LOAD_W                                                   \
  MULTIPLY_4("v16", "v17", "v18", "v19", "v12")            \
  MULTIPLY_4("v24", "v25", "v26", "v27", "v13")            \
  LOAD_W                                                   \
  MULTIPLY_4("v20", "v21", "v22", "v23", "v12")            \
  MULTIPLY_4("v28", "v29", "v30", "v31", "v13")

/// Makes pairs of the lower or higher halves of the pixels' first or second registers.
#define PAIR_2(zip, a, b, c, d) zip " v12.2d, " a ".2d, " b ".2d\n"
#define PAIR_4(zip, a, b, c, d) PAIR_2(zip, a, b, c, d) zip " v13.2d, " c ".2d, " d ".2d\n"
#define STEP(pair, multiply, a, b, c, d)                   \
  pair("zip1", a, b, c, d)                                 \
  multiply                                                 \
  pair("zip2", a, b, c, d)                                 \
  multiply
#define HALF(pair, multiply) pair("zip1", "v0", "v2", "v4", "v6") multiply
#define ALL(pair, multiply)                                \
  STEP(pair, multiply, "v0", "v2", "v4", "v6"),            \
  STEP(pair, multiply, "v1", "v3", "v5", "v7"),            \
  HALF(pair, multiply), HALF(pair, multiply)

#define CALL(macro, ...) macro(__VA_ARGS__)
#define START_2x8 "ld1 {v16.4s, v17.4s, v18.4s, v19.4s}, [%[start]]\n"
#define START_4x8 START_2x8 "ld1 {v20.4s, v21.4s, v22.4s, v23.4s}, [%[start]]\n"
#define START_2x16                                         \
  START_2x8                                                \
  "add x13, %[start], #64\n"                              \
  "ld1 {v20.4s, v21.4s, v22.4s, v23.4s}, [x13]\n"
#define START_4x16                                         \
  START_2x16                                               \
  "ld1 {v24.4s, v25.4s, v26.4s, v27.4s}, [%[start]]\n"     \
  "ld1 {v28.4s, v29.4s, v30.4s, v31.4s}, [x13]\n"
// clang-format on

namespace bulwark::kernels {
namespace {

struct MatrixTile {
  static constexpr conv::DotLayout kLayout = conv::DotPacking<8, 2>::kLayout;
  static constexpr int kSmall = 2;

  template <int kPixels, int kChannels>
  [[gnu::always_inline]] static inline void multiply(const conv::DotInputs& in,
                                                     int32x4_t (&s)[kPixels * kChannels / 4]) {
    if constexpr (kPixels == 4 && kChannels == 16) {
      CALL(BW_DOT_MULTIPLY, 4, START_4x16, ALL(PAIR_4, MULTIPLY_4x16));
      s[0] = s0, s[1] = s1, s[2] = s2, s[3] = s3, s[4] = s4, s[5] = s5, s[6] = s6, s[7] = s7;
      s[8] = s8, s[9] = s9, s[10] = s10, s[11] = s11, s[12] = s12, s[13] = s13, s[14] = s14, s[15] = s15;
    } else if constexpr (kPixels == 4) {
      CALL(BW_DOT_MULTIPLY, 4, START_4x8, ALL(PAIR_4, MULTIPLY_4x8));
      s[0] = s0, s[1] = s1, s[2] = s2, s[3] = s3, s[4] = s4, s[5] = s5, s[6] = s6, s[7] = s7;
    } else if constexpr (kChannels == 16) {
      CALL(BW_DOT_MULTIPLY, 2, START_2x16, ALL(PAIR_2, MULTIPLY_2x16));
      s[0] = s0, s[1] = s1, s[2] = s2, s[3] = s3, s[4] = s4, s[5] = s5, s[6] = s6, s[7] = s7;
    } else {
      CALL(BW_DOT_MULTIPLY, 2, START_2x8, ALL(PAIR_2, MULTIPLY_2x8));
      s[0] = s0, s[1] = s1, s[2] = s2, s[3] = s3;
    }
  }

  /// Pairs of bytes belong to a pixel and to the next one in turn. Of 8 channels two pixels fill a vector.
  template <int kPixels, int kChannels>
  [[gnu::always_inline]] static inline void in_order(const int8x16_t* narrow, int8x16_t* y) {
    constexpr int kVectors = kPixels * kChannels / 16;
    if constexpr (kChannels == 16) {
      for (int i = 0; i < kVectors; i += 2) {
        y[i] = even(narrow[i], narrow[i + 1]);
        y[i + 1] = odd(narrow[i], narrow[i + 1]);
      }
    } else {
      for (int i = 0; i < kVectors; ++i) {
        y[i] = vcombine_s8(vget_low_s8(even(narrow[i], narrow[i])), vget_low_s8(odd(narrow[i], narrow[i])));
      }
    }
  }

  template <int kChannels>
  [[gnu::always_inline]] static inline int32x4_t four(const int32x4_t* sums, int pixel, int j) {
    sums += pixel / 2 * kChannels / 2 + 2 * j;
    const int64x2_t a = vreinterpretq_s64_s32(sums[0]), b = vreinterpretq_s64_s32(sums[1]);
    return vreinterpretq_s32_s64(pixel % 2 == 0 ? vzip1q_s64(a, b) : vzip2q_s64(a, b));
  }

 private:
  static int8x16_t even(int8x16_t a, int8x16_t b) {
    return vreinterpretq_s8_s16(vuzp1q_s16(vreinterpretq_s16_s8(a), vreinterpretq_s16_s8(b)));
  }
  static int8x16_t odd(int8x16_t a, int8x16_t b) {
    return vreinterpretq_s8_s16(vuzp2q_s16(vreinterpretq_s16_s8(a), vreinterpretq_s16_s8(b)));
  }
};

}  // namespace

BW_DEFINE_LINEAR_RUN(conv_s8_any_4x16_i8mm, conv::DotConv<MatrixTile>)

}  // namespace bulwark::kernels
