// SPDX-License-Identifier: Apache-2.0
// Where the elements of a resized axis lie in the input, as the frameworks compute it.
#pragma once

#include <cstdint>
#include <vector>

namespace bulwark::converter::importing {

/// LiteRT's resize operators along one axis.
struct LiteResize {
  std::int64_t input, output;
  bool align_corners, half_pixel_centers;

  std::vector<std::int64_t> nearest() const;
  /// Positions 0 .. input - 1; of quantized tensors in steps of 1/1024, as its integer kernels have them.
  std::vector<double> linear(bool quantized) const;
};

/// Clamps positions to 0 .. input - 1.
std::vector<double> clamped(std::vector<double> positions, std::int64_t input);

}  // namespace bulwark::converter::importing
