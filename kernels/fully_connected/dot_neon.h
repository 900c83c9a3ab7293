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
