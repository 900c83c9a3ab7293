// SPDX-License-Identifier: Apache-2.0
// Any 8-bit weights with the dot product instructions: 8 pixels times 8 channels, 16 of depth a step. A lane
// is an output channel; sdot takes 4 consecutive bytes of a pixel by element, so nothing is added across
// lanes at the end.
//
// Registers: v0-v7 pixels, v8-v15 weights of 4 x 4 depth, the rest sums.
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/tile_8x8.h"

// clang-format off
#define DOT_PIXEL(x, p, e, w0, w1)                         \
  "sdot %[s" p "0].4s, " w0 ".16b, " x ".4b[" e "]\n"      \
  "sdot %[s" p "1].4s, " w1 ".16b, " x ".4b[" e "]\n"
#define DOT(e, w0, w1)                                     \
  DOT_PIXEL("v0", "0", e, w0, w1)                          \
  DOT_PIXEL("v1", "1", e, w0, w1)                          \
  DOT_PIXEL("v2", "2", e, w0, w1)                          \
  DOT_PIXEL("v3", "3", e, w0, w1)                          \
  DOT_PIXEL("v4", "4", e, w0, w1)                          \
  DOT_PIXEL("v5", "5", e, w0, w1)                          \
  DOT_PIXEL("v6", "6", e, w0, w1)                          \
  DOT_PIXEL("v7", "7", e, w0, w1)
#define LOAD_PIXELS                                        \
  "ldr q0, [%[x0], %[at]]\n"                               \
  "ldr q1, [%[x1], %[at]]\n"                               \
  "ldr q2, [%[x2], %[at]]\n"                               \
  "ldr q3, [%[x3], %[at]]\n"                               \
  "ldr q4, [%[x4], %[at]]\n"                               \
  "ldr q5, [%[x5], %[at]]\n"                               \
  "ldr q6, [%[x6], %[at]]\n"                               \
  "ldr q7, [%[x7], %[at]]\n"
#define SUMS(p) [s##p##0] "=&w"(s[p][0]), [s##p##1] "=&w"(s[p][1])
#define START(p)                                           \
  "mov %[s" p "0].16b, %[s00].16b\n"                       \
  "mov %[s" p "1].16b, %[s01].16b\n"
// clang-format on

namespace bulwark::kernels {
namespace {

class DotTile {
 public:
  static constexpr conv::TileShape kShape = conv::kShape8x8;
  static constexpr conv::PackShape kPack{8, 4, 4};
  static bool exact(const LinearProblem&) { return true; }

  explicit DotTile(const LinearProblem& p)
      : steps_((p.depth() + 3) / 16), rest_(static_cast<std::int32_t>((p.depth() + 3) / 4 % 4)), output_(p) {}

  void compute(const std::int8_t* const* rows, const std::uint8_t* record, std::uint8_t* out,
               std::int32_t pixels, std::int32_t channels) const {
    conv::Sums8x8 s;
    multiply(rows, record + conv::header_size(kPack), output_.start(record), s);
    output_.store(s, record, out, pixels, channels);
  }

 private:
  [[gnu::always_inline]] inline void multiply(const std::int8_t* const* rows, const std::uint8_t* w,
                                              const std::int32_t* start, conv::Sums8x8& s) const {
    // `at` runs up to 0.
    const std::int64_t end = 16 * steps_;
    std::int64_t at = -end;
    __asm__ volatile(
        // clang-format off
        "ldr %q[s00], [%[start]]\n"
        "ldr %q[s01], [%[start], #16]\n"
        START("1") START("2") START("3") START("4") START("5") START("6") START("7")
        "cbz %[at], 2f\n"
        "1:\n"
        "ld1 {v8.16b, v9.16b, v10.16b, v11.16b}, [%[w]], #64\n"
        LOAD_PIXELS
        "ld1 {v12.16b, v13.16b, v14.16b, v15.16b}, [%[w]], #64\n"
        "adds %[at], %[at], #16\n"
        DOT("0", "v8", "v9")
        DOT("1", "v10", "v11")
        DOT("2", "v12", "v13")
        DOT("3", "v14", "v15")
        "b.ne 1b\n"
        "2:\n"
        "cbz %w[rest], 3f\n"
        LOAD_PIXELS
        "ldp q8, q9, [%[w]]\n"
        DOT("0", "v8", "v9")
        "cmp %w[rest], #2\n"
        "b.lt 3f\n"
        "ldp q8, q9, [%[w], #32]\n"
        DOT("1", "v8", "v9")
        "b.eq 3f\n"
        "ldp q8, q9, [%[w], #64]\n"
        DOT("2", "v8", "v9")
        "3:\n"
        // clang-format on
        : SUMS(0), SUMS(1), SUMS(2), SUMS(3), SUMS(4), SUMS(5), SUMS(6), SUMS(7), [w] "+r"(w), [at] "+r"(at)
        : [x0] "r"(rows[0] + end), [x1] "r"(rows[1] + end), [x2] "r"(rows[2] + end), [x3] "r"(rows[3] + end),
          [x4] "r"(rows[4] + end), [x5] "r"(rows[5] + end), [x6] "r"(rows[6] + end), [x7] "r"(rows[7] + end),
          [rest] "r"(rest_), [start] "r"(start)
        : "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14",
          "v15");
  }

  std::int64_t steps_;
  std::int32_t rest_;  ///< groups of 4 behind the whole steps, 0..3
  conv::Output8x8<Isa::dotprod> output_;
};

}  // namespace

BW_DEFINE_LINEAR_KERNEL(conv_s8_any_8x8_dotprod, conv::TiledConv<DotTile>)

}  // namespace bulwark::kernels
