// SPDX-License-Identifier: Apache-2.0
// Dot products of a panel with sdot.
#pragma once

#include "kernels/fully_connected/fully_connected_neon.h"

namespace bulwark::kernels::fully_connected {
namespace {

template <int kBitsOfCode>
class DotDotprod {
 public:
  static constexpr int kBits = kBitsOfCode;

  explicit DotDotprod(const LinearProblem&) {}

  template <int kRows>
  void operator()(const std::int8_t* rows, std::size_t stride, const std::uint8_t* weights,
                  std::int64_t groups, Sums* sums) const {
    int32x4_t acc[kRows][kPanel];
    for (auto& row : acc) {
      for (auto& lanes : row) lanes = vdupq_n_s32(0);
    }
    const auto add_group = [&] {
      int8x16_t x[kRows][kFields];
      load_inputs<kRows, kFields>(rows, stride, x);
      for (int n = 0; n < kPanel; n += 2) {
        uint8x16_t w0, w1;
        load_pair(weights, &w0, &w1);
        for (int r = 0; r < kRows; ++r) {
          acc[r][n] = add_fields<0>(acc[r][n], w0, x[r]);
          acc[r][n + 1] = add_fields<0>(acc[r][n + 1], w1, x[r]);
        }
      }
      rows += kGroup<kBits>;
    };
    const std::int8_t* const end = rows + groups * kGroup<kBits>;
    if constexpr (kBits == 8) {
#pragma GCC unroll 2
      while (rows != end) add_group();
    } else {
      while (rows != end) add_group();
    }
    for (int r = 0; r < kRows; ++r) sums[r] = sum_lanes(acc[r]);
  }

 private:
  static constexpr int kFields = 8 / kBits;

  template <int kField>
  static inline int32x4_t add_fields(int32x4_t acc, uint8x16_t bytes, const int8x16_t* x) {
    acc = vdotq_s32(acc, unpack_field<kBits, kField>(bytes), x[kField]);
    if constexpr (kField + 1 < kFields) acc = add_fields<kField + 1>(acc, bytes, x);
    return acc;
  }
};

}  // namespace
}  // namespace bulwark::kernels::fully_connected
