// SPDX-License-Identifier: Apache-2.0
// How many output rows of a 3x3 depthwise convolution make a band, whose input is in the window together.
#pragma once

#include "kernels/depthwise/row_window.h"

namespace bulwark::kernels::depthwise {
namespace {

using PairWindow = Window<PixelPairs>;

inline constexpr std::int32_t kMostRows = 16;
inline constexpr std::int64_t kBandBytes = 20 * 1024;

template <std::int32_t kStride>
constexpr std::int32_t input_rows(std::int32_t rows) {
  return (rows - 1) * kStride + 3;
}

/// Output rows of a band, a multiple of kRows, which are made at a time.
template <std::int32_t kStride, std::int32_t kRows>
std::int32_t band_rows(const LinearProblem& p) {
  const std::int64_t fit = (kBandBytes / PairWindow::row_bytes(p) - 3) / kStride + 1;
  const std::int64_t rows = std::min<std::int64_t>(fit, p.out_h + kRows - 1);
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(rows, kRows, kMostRows)) / kRows * kRows;
}

}  // namespace
}  // namespace bulwark::kernels::depthwise
