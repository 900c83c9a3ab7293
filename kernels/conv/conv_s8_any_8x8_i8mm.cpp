// SPDX-License-Identifier: Apache-2.0
// Any 8-bit weights with the matrix instructions: 8 pixels times 8 channels, 16 of depth a step. smmla
// multiplies 2 pixels by 2 channels, 8 deep, so that a sum's lanes are pixel 0 channels 0 and 1, pixel 1
// channels 0 and 1.
//
// Registers: v0-v7 pixels, v8-v11 weights of 8 depth (two channels each), v12-v15 pairs of pixels, the rest
// sums.
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/tile_8x8.h"

// clang-format off
#define MULTIPLY_PAIR(p, x)                                \
  "smmla %[s" p "0].4s, " x ".16b, v8.16b\n"               \
  "smmla %[s" p "1].4s, " x ".16b, v9.16b\n"               \
  "smmla %[s" p "2].4s, " x ".16b, v10.16b\n"              \
  "smmla %[s" p "3].4s, " x ".16b, v11.16b\n"
#define MULTIPLY(zip)                                      \
  zip " v12.2d, v0.2d, v1.2d\n"                            \
  zip " v13.2d, v2.2d, v3.2d\n"                            \
  zip " v14.2d, v4.2d, v5.2d\n"                            \
  zip " v15.2d, v6.2d, v7.2d\n"                            \
  MULTIPLY_PAIR("0", "v12")                                \
  MULTIPLY_PAIR("1", "v13")                                \
  MULTIPLY_PAIR("2", "v14")                                \
  MULTIPLY_PAIR("3", "v15")
#define LOAD_WEIGHTS "ld1 {v8.16b, v9.16b, v10.16b, v11.16b}, [%[w]], #64\n"
#define LOAD_PIXELS                                        \
  "ldr q0, [%[x0], %[at]]\n"                               \
  "ldr q1, [%[x1], %[at]]\n"                               \
  "ldr q2, [%[x2], %[at]]\n"                               \
  "ldr q3, [%[x3], %[at]]\n"                               \
  "ldr q4, [%[x4], %[at]]\n"                               \
  "ldr q5, [%[x5], %[at]]\n"                               \
  "ldr q6, [%[x6], %[at]]\n"                               \
  "ldr q7, [%[x7], %[at]]\n"
#define SUMS(p) [s##p##0] "=&w"(s[p][0]), [s##p##1] "=&w"(s[p][1]), [s##p##2] "=&w"(s[p][2]), [s##p##3] "=&w"(s[p][3])
#define START(p)                                           \
  "mov %[s" p "0].16b, %[s00].16b\n"                       \
  "mov %[s" p "1].16b, %[s01].16b\n"                       \
  "mov %[s" p "2].16b, %[s02].16b\n"                       \
  "mov %[s" p "3].16b, %[s03].16b\n"
// clang-format on

namespace bulwark::kernels {
namespace {

class MatrixTile {
 public:
  static constexpr conv::TileShape kShape = conv::kShape8x8;
  static constexpr conv::PackShape kPack{8, 8, 8};
  static bool exact(const LinearProblem&) { return true; }

  explicit MatrixTile(const LinearProblem& p)
      : steps_((p.depth() + 7) / 16), rest_(static_cast<std::int32_t>((p.depth() + 7) / 8 % 2)), output_(p) {}

  void compute(const std::int8_t* const* rows, const std::uint8_t* record, std::uint8_t* out,
               std::int32_t pixels, std::int32_t channels) const {
    int32x4_t pairs[4][4];
    multiply(rows, record + conv::header_size(kPack), output_.start(record), pairs);
    conv::Sums8x8 s;
    for (int i = 0; i < 8; ++i) {
      for (int half = 0; half < 2; ++half) {
        const int64x2_t a = vreinterpretq_s64_s32(pairs[i / 2][2 * half]);
        const int64x2_t b = vreinterpretq_s64_s32(pairs[i / 2][2 * half + 1]);
        s[i][half] = vreinterpretq_s32_s64(i % 2 == 0 ? vzip1q_s64(a, b) : vzip2q_s64(a, b));
      }
    }
    output_.store(s, record, out, pixels, channels);
  }

 private:
  [[gnu::always_inline]] inline void multiply(const std::int8_t* const* rows, const std::uint8_t* w,
                                              const std::int32_t* start, int32x4_t (&s)[4][4]) const {
    // `at` runs up to 0.
    const std::int64_t end = 16 * steps_;
    std::int64_t at = -end;
    __asm__ volatile(
        // clang-format off
        "ldp q12, q13, [%[start]]\n"
        "dup %[s00].2d, v12.d[0]\n"
        "dup %[s01].2d, v12.d[1]\n"
        "dup %[s02].2d, v13.d[0]\n"
        "dup %[s03].2d, v13.d[1]\n"
        START("1") START("2") START("3")
        "cbz %[at], 2f\n"
        "1:\n"
        LOAD_WEIGHTS
        LOAD_PIXELS
        "adds %[at], %[at], #16\n"
        MULTIPLY("zip1")
        LOAD_WEIGHTS
        MULTIPLY("zip2")
        "b.ne 1b\n"
        "2:\n"
        "cbz %w[rest], 3f\n"
        LOAD_WEIGHTS
        LOAD_PIXELS
        MULTIPLY("zip1")
        "3:\n"
        // clang-format on
        : SUMS(0), SUMS(1), SUMS(2), SUMS(3), [w] "+r"(w), [at] "+r"(at)
        : [x0] "r"(rows[0] + end), [x1] "r"(rows[1] + end), [x2] "r"(rows[2] + end), [x3] "r"(rows[3] + end),
          [x4] "r"(rows[4] + end), [x5] "r"(rows[5] + end), [x6] "r"(rows[6] + end), [x7] "r"(rows[7] + end),
          [rest] "r"(rest_), [start] "r"(start)
        : "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14",
          "v15");
  }

  std::int64_t steps_;
  std::int32_t rest_;  ///< groups of 8 behind the whole steps, 0 or 1
  conv::Output8x8<Isa::i8mm> output_;
};

}  // namespace

BW_DEFINE_LINEAR_KERNEL(conv_s8_any_8x8_i8mm, conv::TiledConv<MatrixTile>)

}  // namespace bulwark::kernels
