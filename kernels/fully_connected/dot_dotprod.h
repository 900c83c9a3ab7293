// SPDX-License-Identifier: Apache-2.0
// Dot products of a panel of 8-bit weights with sdot.
#pragma once

#include "kernels/fully_connected/fully_connected_neon.h"

namespace bulwark::kernels::fully_connected {
namespace {

class DotDotprod {
 public:
  static constexpr int kBits = 8;

  explicit DotDotprod(const LinearProblem&) {}

  template <int kRows>
  void operator()(const std::int8_t* rows, std::size_t stride, const std::uint8_t* weights,
                  std::int64_t groups, Sums* sums) const {
    int32x4_t acc[kRows][kPanel];
    for (auto& row : acc) {
      for (auto& lanes : row) lanes = vdupq_n_s32(0);
    }
    const auto add_group = [&] {
      int8x16_t x[kRows][1];
      load_inputs<kRows, 1>(rows, stride, x);
      for (int n = 0; n < kPanel; n += 2) {
        uint8x16_t w0, w1;
        load_pair(weights, &w0, &w1);
        for (int r = 0; r < kRows; ++r) {
          acc[r][n] = vdotq_s32(acc[r][n], vreinterpretq_s8_u8(w0), x[r][0]);
          acc[r][n + 1] = vdotq_s32(acc[r][n + 1], vreinterpretq_s8_u8(w1), x[r][0]);
        }
      }
      rows += kGroup<kBits>;
    };
    const std::int8_t* const end = rows + groups * kGroup<kBits>;
    if constexpr (kRows == 1) {
      const std::int8_t* const whole = end - (end - rows) % 64;
      weights = add_whole(rows, whole, weights, acc[0]);
      rows = whole;
      while (rows != end) add_group();
    } else {
#pragma GCC unroll 2
      while (rows != end) add_group();
    }
    for (int r = 0; r < kRows; ++r) sums[r] = sum_lanes(acc[r]);
  }

 private:
  /// 64 inputs of one row: with four registers to a load, 42 instructions for 512 products. (From intrinsics
  /// GCC makes moves and addresses beside them.)
  static inline const std::uint8_t* add_whole(const std::int8_t* x, const std::int8_t* end,
                                              const std::uint8_t* w, int32x4_t* acc) {
    // An array would go to memory and back, and without names some would lie where the loads go.
    register int32x4_t a0 __asm__("v20") = acc[0];
    register int32x4_t a1 __asm__("v21") = acc[1];
    register int32x4_t a2 __asm__("v22") = acc[2];
    register int32x4_t a3 __asm__("v23") = acc[3];
    register int32x4_t a4 __asm__("v28") = acc[4];
    register int32x4_t a5 __asm__("v29") = acc[5];
    register int32x4_t a6 __asm__("v30") = acc[6];
    register int32x4_t a7 __asm__("v31") = acc[7];
    for (; x != end; x += 64) {
      __asm__(
          "ldp q4, q5, [%[x]]\n\t"
          "ld1 {v0.16b-v3.16b}, [%[w]], #64\n\t"
          "sdot %[a0].4s, v0.16b, v4.16b\n\t"
          "sdot %[a1].4s, v1.16b, v4.16b\n\t"
          "sdot %[a2].4s, v2.16b, v4.16b\n\t"
          "sdot %[a3].4s, v3.16b, v4.16b\n\t"
          "ld1 {v16.16b-v19.16b}, [%[w]], #64\n\t"
          "sdot %[a4].4s, v16.16b, v4.16b\n\t"
          "sdot %[a5].4s, v17.16b, v4.16b\n\t"
          "sdot %[a6].4s, v18.16b, v4.16b\n\t"
          "sdot %[a7].4s, v19.16b, v4.16b\n\t"
          "ld1 {v0.16b-v3.16b}, [%[w]], #64\n\t"
          "sdot %[a0].4s, v0.16b, v5.16b\n\t"
          "sdot %[a1].4s, v1.16b, v5.16b\n\t"
          "sdot %[a2].4s, v2.16b, v5.16b\n\t"
          "sdot %[a3].4s, v3.16b, v5.16b\n\t"
          "ld1 {v16.16b-v19.16b}, [%[w]], #64\n\t"
          "sdot %[a4].4s, v16.16b, v5.16b\n\t"
          "sdot %[a5].4s, v17.16b, v5.16b\n\t"
          "sdot %[a6].4s, v18.16b, v5.16b\n\t"
          "sdot %[a7].4s, v19.16b, v5.16b\n\t"
          "ldp q4, q5, [%[x], #32]\n\t"
          "ld1 {v0.16b-v3.16b}, [%[w]], #64\n\t"
          "sdot %[a0].4s, v0.16b, v4.16b\n\t"
          "sdot %[a1].4s, v1.16b, v4.16b\n\t"
          "sdot %[a2].4s, v2.16b, v4.16b\n\t"
          "sdot %[a3].4s, v3.16b, v4.16b\n\t"
          "ld1 {v16.16b-v19.16b}, [%[w]], #64\n\t"
          "sdot %[a4].4s, v16.16b, v4.16b\n\t"
          "sdot %[a5].4s, v17.16b, v4.16b\n\t"
          "sdot %[a6].4s, v18.16b, v4.16b\n\t"
          "sdot %[a7].4s, v19.16b, v4.16b\n\t"
          "ld1 {v0.16b-v3.16b}, [%[w]], #64\n\t"
          "sdot %[a0].4s, v0.16b, v5.16b\n\t"
          "sdot %[a1].4s, v1.16b, v5.16b\n\t"
          "sdot %[a2].4s, v2.16b, v5.16b\n\t"
          "sdot %[a3].4s, v3.16b, v5.16b\n\t"
          "ld1 {v16.16b-v19.16b}, [%[w]], #64\n\t"
          "sdot %[a4].4s, v16.16b, v5.16b\n\t"
          "sdot %[a5].4s, v17.16b, v5.16b\n\t"
          "sdot %[a6].4s, v18.16b, v5.16b\n\t"
          "sdot %[a7].4s, v19.16b, v5.16b\n\t"
          : [w] "+r"(w), [a0] "+w"(a0), [a1] "+w"(a1), [a2] "+w"(a2), [a3] "+w"(a3), [a4] "+w"(a4),
            [a5] "+w"(a5), [a6] "+w"(a6), [a7] "+w"(a7)
          : [x] "r"(x), "m"(*reinterpret_cast<const std::int8_t(*)[64]>(x)),
            "m"(*reinterpret_cast<const std::uint8_t(*)[4 * kGroupBytes]>(w))
          : "v0", "v1", "v2", "v3", "v4", "v5", "v16", "v17", "v18", "v19");
    }
    acc[0] = a0, acc[1] = a1, acc[2] = a2, acc[3] = a3;
    acc[4] = a4, acc[5] = a5, acc[6] = a6, acc[7] = a7;
    return w;
  }
};

}  // namespace
}  // namespace bulwark::kernels::fully_connected
