// SPDX-License-Identifier: Apache-2.0
// Which taps of a pool's window lie inside the input. Internal linkage throughout: see requantize_scalar.h.
#pragma once

#include "kernels/common/elementwise.h"

namespace bulwark::kernels {
namespace {

/// Taps begin .. end-1 along one axis; tap t reads input position origin + t * dilation, all inside 0 ..
/// extent-1.
struct TapRange {
  std::int32_t begin, end, origin, dilation;
  std::int32_t count() const { return end - begin; }
  std::int32_t position(std::int32_t tap) const { return origin + tap * dilation; }
};

[[maybe_unused]] TapRange tap_range(std::int32_t out, std::int32_t stride, std::int32_t pad,
                                    std::int32_t dilation, std::int32_t kernel, std::int32_t extent) {
  const std::int32_t origin = out * stride - pad;
  const std::int32_t begin = origin >= 0 ? 0 : (-origin + dilation - 1) / dilation;
  const std::int32_t fit = extent > origin ? (extent - origin + dilation - 1) / dilation : 0;
  return {begin, kernel < fit ? kernel : fit, origin, dilation};
}

/// The window of one output position.
struct PoolWindow {
  TapRange rows, columns;
  std::int32_t inside() const { return rows.count() * columns.count(); }
};

[[maybe_unused]] TapRange pool_rows(const PoolProblem& p, std::int32_t out_y) {
  return tap_range(out_y, p.stride_h, p.pad_top, p.dilation_h, p.kernel_h, p.in_h);
}
[[maybe_unused]] TapRange pool_columns(const PoolProblem& p, std::int32_t out_x) {
  return tap_range(out_x, p.stride_w, p.pad_left, p.dilation_w, p.kernel_w, p.in_w);
}

/// Offset in elements of input position (image, y, x), channel 0.
[[maybe_unused]] std::int64_t pool_input_offset(const PoolProblem& p, std::int64_t image, std::int32_t y,
                                                std::int32_t x) {
  return ((image * p.in_h + y) * p.in_w + x) * p.channels;
}

/// Taps an average divides by.
[[maybe_unused]] std::int32_t average_divisor(const PoolProblem& p, const PoolWindow& window) {
  return p.count_include_pad ? p.kernel_h * p.kernel_w : window.inside();
}

/// Calls each(image, window, output offset of channel 0) for every output position of the rows begin ..
/// end-1.
template <typename Each>
void for_each_window(const PoolProblem& p, std::int64_t begin, std::int64_t end, Each each) {
  for (std::int64_t row = begin; row < end; ++row) {
    const TapRange rows = pool_rows(p, static_cast<std::int32_t>(row % p.out_h));
    for (std::int32_t x = 0; x < p.out_w; ++x) {
      each(row / p.out_h, PoolWindow{rows, pool_columns(p, x)}, (row * p.out_w + x) * p.channels);
    }
  }
}

/// Calls each(input offset of channel 0) for every tap inside the input, row by row.
template <typename Each>
void for_each_tap(const PoolProblem& p, std::int64_t image, const PoolWindow& window, Each each) {
  const std::int64_t step = std::int64_t{p.dilation_w} * p.channels;
  for (std::int32_t ky = window.rows.begin; ky < window.rows.end; ++ky) {
    std::int64_t at =
        pool_input_offset(p, image, window.rows.position(ky), window.columns.position(window.columns.begin));
    for (std::int32_t kx = window.columns.begin; kx < window.columns.end; ++kx, at += step) each(at);
  }
}

}  // namespace
}  // namespace bulwark::kernels
