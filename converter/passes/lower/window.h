// SPDX-License-Identifier: Apache-2.0
// The window of a conv or pool node with one or two spatial axes, as the file's two.
#pragma once

#include <cstdint>

#include "converter/graph/graph.h"

namespace bulwark::converter::passes::lowering {

struct Window {
  std::int64_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  std::int64_t top = 0, left = 0, bottom = 0, right = 0;

  bool padded() const { return top + left + bottom + right > 0; }

  /// Writes the window into a LinearSpec or PoolSpec.
  template <typename Spec>
  void fill(Spec& spec) const {
    const auto narrow = [](std::int64_t v) { return static_cast<std::int32_t>(v); };
    spec.kernel_h = narrow(kernel_h);
    spec.kernel_w = narrow(kernel_w);
    spec.stride_h = narrow(stride_h);
    spec.stride_w = narrow(stride_w);
    spec.dilation_h = narrow(dilation_h);
    spec.dilation_w = narrow(dilation_w);
    spec.pad_top = narrow(top);
    spec.pad_left = narrow(left);
    spec.pad_bottom = narrow(bottom);
    spec.pad_right = narrow(right);
  }
};

/// A 1-D window becomes one of height 1. A missing kernel (global pools) is left at 1.
Window window_of(const Node& node);

/// N, H, W, C of a channels-last picture with one or two spatial axes.
Shape picture_shape(const Shape& shape);

}  // namespace bulwark::converter::passes::lowering
