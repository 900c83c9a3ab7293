// SPDX-License-Identifier: Apache-2.0
// Dot products of a panel without the dot product instructions: products are summed in 16-bit lanes for as
// long as products_in_int16() allows, then added pairwise to 32-bit lanes.
#pragma once

#include "kernels/common/product_range.h"
#include "kernels/fully_connected/fully_connected_neon.h"

namespace bulwark::kernels::fully_connected {
namespace {

/// A group adds products_per_group products to each 16-bit lane; lanes are widened after `groups_per_sum`
/// groups.
template <int kBitsOfCode>
class DotNeon {
 public:
  static constexpr int kBits = kBitsOfCode;

  explicit DotNeon(const LinearProblem& p) {
    const std::int32_t offset = code_offset<kBits>(p);
    products_ = products_in_int16(p.in_lo, p.in_hi, p.weight_lo - offset, p.weight_hi - offset);
  }

  template <int kRows>
  void operator()(const std::int8_t* rows, std::size_t stride, const std::uint8_t* weights,
                  std::int64_t groups, Sums* sums) const {
    int32x4_t acc[kRows][kPanel];
    for (auto& row : acc) {
      for (auto& lanes : row) lanes = vdupq_n_s32(0);
    }
    if (products_ >= 2 * kProducts) {
      chained<kRows>(rows, stride, weights, groups, acc);
    } else if (products_ >= kProducts) {
      each_group<kRows, true>(rows, stride, weights, groups, acc);
    } else {
      each_group<kRows, false>(rows, stride, weights, groups, acc);
    }
    for (int r = 0; r < kRows; ++r) sums[r] = sum_lanes(acc[r]);
  }

 private:
  static constexpr int kFields = 8 / kBits;
  static constexpr std::int32_t kProducts = 2 * kFields;  ///< that a group adds to a 16-bit lane

  /// Adds field kField and the following ones of one channel's group to `sum`.
  template <int kField>
  static inline int16x8_t add_fields(int16x8_t sum, uint8x16_t bytes, const int8x16_t* x) {
    const int8x16_t w = unpack_field<kBits, kField>(bytes);
    sum = vmlal_high_s8(multiply_add_low(sum, x[kField], w), x[kField], w);
    if constexpr (kField + 1 < kFields) sum = add_fields<kField + 1>(sum, bytes, x);
    return sum;
  }

  template <int kRows>
  void chained(const std::int8_t* rows, std::size_t stride, const std::uint8_t* weights, std::int64_t groups,
               int32x4_t (*acc)[kPanel]) const {
    const std::int64_t groups_per_sum = products_ / kProducts;
    for (std::int64_t done = 0; done < groups;) {
      const std::int64_t end = std::min(groups, done + groups_per_sum);
      int16x8_t sum[kRows][kPanel];
      for (auto& row : sum) {
        for (auto& lanes : row) lanes = vdupq_n_s16(0);
      }
      for (; done < end; ++done, rows += kGroup<kBits>) {
        int8x16_t x[kRows][kFields];
        load_inputs<kRows, kFields>(rows, stride, x);
        for (int n = 0; n < kPanel; n += 2) {
          uint8x16_t w0, w1;
          load_pair(weights, &w0, &w1);
          for (int r = 0; r < kRows; ++r) {
            sum[r][n] = add_fields<0>(sum[r][n], w0, x[r]);
            sum[r][n + 1] = add_fields<0>(sum[r][n + 1], w1, x[r]);
          }
        }
      }
      for (int r = 0; r < kRows; ++r) {
        for (int n = 0; n < kPanel; ++n) acc[r][n] = vpadalq_s16(acc[r][n], sum[r][n]);
      }
    }
  }

  /// Bytes only: a pair of products, or each single product (-128 * -128 twice does not fit), is widened at
  /// once.
  template <int kRows, bool kPairs>
  static void each_group(const std::int8_t* rows, std::size_t stride, const std::uint8_t* weights,
                         std::int64_t groups, int32x4_t (*acc)[kPanel]) {
    const std::int8_t* const end = rows + groups * kGroup<kBits>;
#ifdef __aarch64__
    if constexpr (kRows == 1 && kPairs) {
      const std::int8_t* const whole = end - (end - rows) % 32;
      weights = add_whole(rows, whole, weights, acc[0]);
      rows = whole;
    }
#endif
#pragma GCC unroll 2
    for (; rows != end; rows += kGroup<kBits>) {
      int8x16_t x[kRows][1];
      load_inputs<kRows, 1>(rows, stride, x);
      for (int n = 0; n < kPanel; n += 2) {
        uint8x16_t w0, w1;
        load_pair(weights, &w0, &w1);
        for (int r = 0; r < kRows; ++r) {
          acc[r][n] = add_products<kPairs>(acc[r][n], x[r][0], vreinterpretq_s8_u8(w0));
          acc[r][n + 1] = add_products<kPairs>(acc[r][n + 1], x[r][0], vreinterpretq_s8_u8(w1));
        }
      }
    }
  }

#ifdef __aarch64__
  /// Pairs of groups of one row: with four registers to a load, 53 instructions for 256 products. (From
  /// intrinsics GCC makes moves beside them.)
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
    for (; x != end; x += 32) {
      __asm__(
          "ldp q4, q5, [%[x]]\n\t"
          "ld1 {v0.16b-v3.16b}, [%[w]], #64\n\t"
          "ld1 {v16.16b-v19.16b}, [%[w]], #64\n\t"
          "smull v24.8h, v4.8b, v0.8b\n\t"
          "smull v25.8h, v4.8b, v1.8b\n\t"
          "smull v26.8h, v4.8b, v2.8b\n\t"
          "smull v27.8h, v4.8b, v3.8b\n\t"
          "smlal2 v24.8h, v4.16b, v0.16b\n\t"
          "smlal2 v25.8h, v4.16b, v1.16b\n\t"
          "smlal2 v26.8h, v4.16b, v2.16b\n\t"
          "smlal2 v27.8h, v4.16b, v3.16b\n\t"
          "sadalp %[a0].4s, v24.8h\n\t"
          "sadalp %[a1].4s, v25.8h\n\t"
          "sadalp %[a2].4s, v26.8h\n\t"
          "sadalp %[a3].4s, v27.8h\n\t"
          "ld1 {v0.16b-v3.16b}, [%[w]], #64\n\t"
          "smull v24.8h, v4.8b, v16.8b\n\t"
          "smull v25.8h, v4.8b, v17.8b\n\t"
          "smull v26.8h, v4.8b, v18.8b\n\t"
          "smull v27.8h, v4.8b, v19.8b\n\t"
          "smlal2 v24.8h, v4.16b, v16.16b\n\t"
          "smlal2 v25.8h, v4.16b, v17.16b\n\t"
          "smlal2 v26.8h, v4.16b, v18.16b\n\t"
          "smlal2 v27.8h, v4.16b, v19.16b\n\t"
          "sadalp %[a4].4s, v24.8h\n\t"
          "sadalp %[a5].4s, v25.8h\n\t"
          "sadalp %[a6].4s, v26.8h\n\t"
          "sadalp %[a7].4s, v27.8h\n\t"
          "ld1 {v16.16b-v19.16b}, [%[w]], #64\n\t"
          "smull v24.8h, v5.8b, v0.8b\n\t"
          "smull v25.8h, v5.8b, v1.8b\n\t"
          "smull v26.8h, v5.8b, v2.8b\n\t"
          "smull v27.8h, v5.8b, v3.8b\n\t"
          "smlal2 v24.8h, v5.16b, v0.16b\n\t"
          "smlal2 v25.8h, v5.16b, v1.16b\n\t"
          "smlal2 v26.8h, v5.16b, v2.16b\n\t"
          "smlal2 v27.8h, v5.16b, v3.16b\n\t"
          "sadalp %[a0].4s, v24.8h\n\t"
          "sadalp %[a1].4s, v25.8h\n\t"
          "sadalp %[a2].4s, v26.8h\n\t"
          "sadalp %[a3].4s, v27.8h\n\t"
          "smull v24.8h, v5.8b, v16.8b\n\t"
          "smull v25.8h, v5.8b, v17.8b\n\t"
          "smull v26.8h, v5.8b, v18.8b\n\t"
          "smull v27.8h, v5.8b, v19.8b\n\t"
          "smlal2 v24.8h, v5.16b, v16.16b\n\t"
          "smlal2 v25.8h, v5.16b, v17.16b\n\t"
          "smlal2 v26.8h, v5.16b, v18.16b\n\t"
          "smlal2 v27.8h, v5.16b, v19.16b\n\t"
          "sadalp %[a4].4s, v24.8h\n\t"
          "sadalp %[a5].4s, v25.8h\n\t"
          "sadalp %[a6].4s, v26.8h\n\t"
          "sadalp %[a7].4s, v27.8h\n\t"
          : [w] "+r"(w), [a0] "+w"(a0), [a1] "+w"(a1), [a2] "+w"(a2), [a3] "+w"(a3), [a4] "+w"(a4),
            [a5] "+w"(a5), [a6] "+w"(a6), [a7] "+w"(a7)
          : [x] "r"(x), "m"(*reinterpret_cast<const std::int8_t(*)[32]>(x)),
            "m"(*reinterpret_cast<const std::uint8_t(*)[2 * kGroupBytes]>(w))
          : "v0", "v1", "v2", "v3", "v4", "v5", "v16", "v17", "v18", "v19", "v24", "v25", "v26", "v27");
    }
    acc[0] = a0, acc[1] = a1, acc[2] = a2, acc[3] = a3;
    acc[4] = a4, acc[5] = a5, acc[6] = a6, acc[7] = a7;
    return w;
  }
#endif

  template <bool kPairs>
  static inline int32x4_t add_products(int32x4_t acc, int8x16_t x, int8x16_t w) {
    const int16x8_t low = multiply_low(x, w);
    if constexpr (kPairs) return vpadalq_s16(acc, vmlal_high_s8(low, x, w));
    return vpadalq_s16(vpadalq_s16(acc, low), vmull_high_s8(x, w));
  }

  std::int32_t products_;
};

}  // namespace
}  // namespace bulwark::kernels::fully_connected
