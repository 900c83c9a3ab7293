// SPDX-License-Identifier: Apache-2.0
#include "schema/semantics/window.h"

#include <cinttypes>

namespace bulwark::schema {
namespace {

bool check_field(const Place& place, const char* name, std::int32_t value, std::int32_t lo) {
  return place.in_range(name, value, lo, kMaxKernelExtent);
}

}  // namespace

bool check_axis(const Place& place, const Axis& axis) {
  const bool vertical = axis.letter[0] == 'h';
  if (!check_field(place, vertical ? "kernel_h" : "kernel_w", axis.kernel, 1) ||
      !check_field(place, vertical ? "stride_h" : "stride_w", axis.stride, 1) ||
      !check_field(place, vertical ? "dilation_h" : "dilation_w", axis.dilation, 1) ||
      !check_field(place, vertical ? "pad_top" : "pad_left", axis.pad_before, 0) ||
      !check_field(place, vertical ? "pad_bottom" : "pad_right", axis.pad_after, 0)) {
    return false;
  }
  const std::int64_t room = std::int64_t{axis.input} + axis.pad_before + axis.pad_after - axis.extent();
  if (room < 0) {
    return place.invalid("its window spans %" PRId64 " in %s, the padded input has %" PRId64, axis.extent(),
                         axis.letter, room + axis.extent());
  }
  const std::int64_t output = room / axis.stride + 1;
  if (output == axis.output) return true;
  return place.invalid("the output has size %" PRId32 " in %s, must be %" PRId64, axis.output, axis.letter,
                       output);
}

bool check_every_window_touches(const Place& place, const Axis& axis) {
  // Windows that start inside the input touch it. Those that start after it are the last ones.
  const std::int64_t last = std::int64_t{axis.output - 1} * axis.stride - axis.pad_before;
  bool touches = last < axis.input;
  // Those that start before it: at most 4096. The first tap at or after 0 decides.
  for (std::int64_t start = -std::int64_t{axis.pad_before}; touches && start < 0 && start <= last;
       start += axis.stride) {
    const std::int64_t tap = (-start + axis.dilation - 1) / axis.dilation;
    touches = tap < axis.kernel && start + tap * axis.dilation < axis.input;
  }
  if (touches) return true;
  return place.invalid("a window lies in the padding alone in %s", axis.letter);
}

bool check_nhwc(const Place& place, const TensorView& input, const TensorView& output) {
  if (input.shape.size() != 4 || output.shape.size() != 4) {
    return place.invalid("input and output have rank %zu and %zu, must be 4", input.shape.size(),
                         output.shape.size());
  }
  if (input.shape[0] == output.shape[0]) return true;
  return place.invalid("the batch changes from %" PRId32 " to %" PRId32, input.shape[0], output.shape[0]);
}

}  // namespace bulwark::schema
