// SPDX-License-Identifier: Apache-2.0
// The sliding window of convolutions and pools, one axis at a time.
#pragma once

#include "schema/semantics/place.h"

namespace bulwark::schema {

struct Axis {
  const char* letter;  ///< "h" or "w", for messages
  std::int32_t input, output;
  std::int32_t kernel, stride, dilation;
  std::int32_t pad_before, pad_after;

  /// Taps and the gaps between them, in input elements.
  std::int64_t extent() const { return std::int64_t{dilation} * (kernel - 1) + 1; }
};

/// The two axes of NHWC tensors of rank 4. Options is LinearView or PoolView.
template <typename Options>
Axis vertical(const Options& o, const TensorView& input, const TensorView& output) {
  return {"h",        input.shape[1], output.shape[1], o.kernel_h,
          o.stride_h, o.dilation_h,   o.pad_top,       o.pad_bottom};
}
template <typename Options>
Axis horizontal(const Options& o, const TensorView& input, const TensorView& output) {
  return {"w",        input.shape[2], output.shape[2], o.kernel_w,
          o.stride_w, o.dilation_w,   o.pad_left,      o.pad_right};
}

/// Kernel, stride and dilation are 1..4096, padding 0..4096, and the output has the size that follows from
/// them.
bool check_axis(const Place& place, const Axis& axis);

/// For a checked axis: every position of the window has at least one tap on the input.
bool check_every_window_touches(const Place& place, const Axis& axis);

/// Both tensors have rank 4 and the same batch.
bool check_nhwc(const Place& place, const TensorView& input, const TensorView& output);

}  // namespace bulwark::schema
