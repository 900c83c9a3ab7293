// SPDX-License-Identifier: Apache-2.0
// Any 8-bit weights with the dot product instructions: 4 pixels times 16 channels, 32 of depth a step. A lane
// is an output channel; sdot takes 4 consecutive bytes of a pixel by element, so nothing is added across
// lanes at the end.
//
// Weights of 4 of depth are v8-v11 and v12-v15 in turn; of 8 channels, of twice as much depth.
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/dot_asm_neon.h"
#include "kernels/conv/dot_conv_neon.h"

// clang-format off
#define CALL(macro, ...) macro(__VA_ARGS__)
#define LOAD_A "ld1 {v8.16b, v9.16b, v10.16b, v11.16b}, [%[w]], #64\n"
#define LOAD_B "ld1 {v12.16b, v13.16b, v14.16b, v15.16b}, [%[w]], #64\n"
#define A "v8.16b", "v9.16b", "v10.16b", "v11.16b"
#define B "v12.16b", "v13.16b", "v14.16b", "v15.16b"
#define FIRST "v0.4b", "v2.4b", "v4.4b", "v6.4b"
#define SECOND "v1.4b", "v3.4b", "v5.4b", "v7.4b"

/// 4 of depth, element e of the pixels' registers.
#define DOT_2(s0, s1, x, e, w0, w1)                        \
  "sdot " s0 ".4s, " w0 ", " x "[" e "]\n"                 \
  "sdot " s1 ".4s, " w1 ", " x "[" e "]\n"
#define DOT_4(s0, s1, s2, s3, x, e, w0, w1, w2, w3)        \
  DOT_2(s0, s1, x, e, w0, w1)                              \
  DOT_2(s2, s3, x, e, w2, w3)
#define DOT_1x16(x0, x1, x2, x3, e, w0, w1, w2, w3)        \
  DOT_4("v16", "v17", "v18", "v19", x0, e, w0, w1, w2, w3)
#define DOT_4x16(x0, x1, x2, x3, e, w0, w1, w2, w3)        \
  DOT_4("v16", "v17", "v18", "v19", x0, e, w0, w1, w2, w3) \
  DOT_4("v20", "v21", "v22", "v23", x1, e, w0, w1, w2, w3) \
  DOT_4("v24", "v25", "v26", "v27", x2, e, w0, w1, w2, w3) \
  DOT_4("v28", "v29", "v30", "v31", x3, e, w0, w1, w2, w3)
#define DOT_1x8(x0, x1, x2, x3, e, w0, w1)                 \
  DOT_2("v16", "v17", x0, e, w0, w1)
#define DOT_4x8(x0, x1, x2, x3, e, w0, w1)                 \
  DOT_2("v16", "v17", x0, e, w0, w1)                       \
  DOT_2("v18", "v19", x1, e, w0, w1)                       \
  DOT_2("v20", "v21", x2, e, w0, w1)                       \
  DOT_2("v22", "v23", x3, e, w0, w1)

/// 16, 8 and 4 of depth.
#define STEP_16(dot, ...)                                  \
  LOAD_A                                                   \
  LOAD_B                                                   \
  CALL(dot, __VA_ARGS__, "0", A)                           \
  LOAD_A                                                   \
  CALL(dot, __VA_ARGS__, "1", B)                           \
  LOAD_B                                                   \
  CALL(dot, __VA_ARGS__, "2", A)                           \
  CALL(dot, __VA_ARGS__, "3", B)
#define HALF_16(dot, ...)                                  \
  LOAD_A                                                   \
  LOAD_B                                                   \
  CALL(dot, __VA_ARGS__, "0", A)                           \
  CALL(dot, __VA_ARGS__, "1", B)
#define REST_16(dot, ...)                                  \
  LOAD_A                                                   \
  CALL(dot, __VA_ARGS__, "0", A)
#define STEP_8(dot, ...)                                   \
  LOAD_A                                                   \
  LOAD_B                                                   \
  CALL(dot, __VA_ARGS__, "0", "v8.16b", "v9.16b")          \
  CALL(dot, __VA_ARGS__, "1", "v10.16b", "v11.16b")        \
  CALL(dot, __VA_ARGS__, "2", "v12.16b", "v13.16b")        \
  CALL(dot, __VA_ARGS__, "3", "v14.16b", "v15.16b")
#define HALF_8(dot, ...)                                   \
  LOAD_A                                                   \
  CALL(dot, __VA_ARGS__, "0", "v8.16b", "v9.16b")          \
  CALL(dot, __VA_ARGS__, "1", "v10.16b", "v11.16b")
#define REST_8(dot, ...)                                   \
  "ldp q8, q9, [%[w]], #32\n"                              \
  CALL(dot, __VA_ARGS__, "0", "v8.16b", "v9.16b")
#define ALL_16(dot) \
  STEP_16(dot, FIRST), STEP_16(dot, SECOND), HALF_16(dot, FIRST), REST_16(dot, FIRST)
#define ALL_8(dot) \
  STEP_8(dot, FIRST), STEP_8(dot, SECOND), HALF_8(dot, FIRST), REST_8(dot, FIRST)

#define START_1x16 "ld1 {v16.4s, v17.4s, v18.4s, v19.4s}, [%[start]]\n"
#define START_4x16                                         \
  START_1x16                                               \
  "ld1 {v20.4s, v21.4s, v22.4s, v23.4s}, [%[start]]\n"     \
  "ld1 {v24.4s, v25.4s, v26.4s, v27.4s}, [%[start]]\n"     \
  "ld1 {v28.4s, v29.4s, v30.4s, v31.4s}, [%[start]]\n"
#define START_1x8 "ldp q16, q17, [%[start]]\n"
#define START_4x8                                          \
  START_1x8                                                \
  "ldp q18, q19, [%[start]]\n"                             \
  "ldp q20, q21, [%[start]]\n"                             \
  "ldp q22, q23, [%[start]]\n"
// clang-format on

namespace bulwark::kernels {
namespace {

struct DotTile {
  static constexpr conv::DotLayout kLayout = conv::DotPacking<4, 1>::kLayout;
  static constexpr int kSmall = 1;

  template <int kPixels, int kChannels>
  [[gnu::always_inline]] static inline void multiply(const conv::DotInputs& in,
                                                     int32x4_t (&s)[kPixels * kChannels / 4]) {
    if constexpr (kPixels == 4 && kChannels == 16) {
      CALL(BW_DOT_MULTIPLY, 4, START_4x16, ALL_16(DOT_4x16));
      s[0] = s0, s[1] = s1, s[2] = s2, s[3] = s3, s[4] = s4, s[5] = s5, s[6] = s6, s[7] = s7;
      s[8] = s8, s[9] = s9, s[10] = s10, s[11] = s11, s[12] = s12, s[13] = s13, s[14] = s14, s[15] = s15;
    } else if constexpr (kPixels == 4) {
      CALL(BW_DOT_MULTIPLY, 4, START_4x8, ALL_8(DOT_4x8));
      s[0] = s0, s[1] = s1, s[2] = s2, s[3] = s3, s[4] = s4, s[5] = s5, s[6] = s6, s[7] = s7;
    } else if constexpr (kChannels == 16) {
      CALL(BW_DOT_MULTIPLY, 1, START_1x16, ALL_16(DOT_1x16));
      s[0] = s0, s[1] = s1, s[2] = s2, s[3] = s3;
    } else {
      CALL(BW_DOT_MULTIPLY, 1, START_1x8, ALL_8(DOT_1x8));
      s[0] = s0, s[1] = s1;
    }
  }

  template <int kPixels, int kChannels>
  [[gnu::always_inline]] static inline void in_order(const int8x16_t* narrow, int8x16_t* y) {
    for (int i = 0; i < (kPixels * kChannels + 15) / 16; ++i) y[i] = narrow[i];
  }

  template <int kChannels>
  [[gnu::always_inline]] static inline int32x4_t four(const int32x4_t* sums, int pixel, int j) {
    return sums[pixel * kChannels / 4 + j];
  }
};

}  // namespace

BW_DEFINE_LINEAR_RUN(conv_s8_any_4x16_dotprod, conv::DotConv<DotTile>)

}  // namespace bulwark::kernels
