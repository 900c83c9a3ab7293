// SPDX-License-Identifier: Apache-2.0
// Data movement: reshape, transpose, concat, pad. Any type; scale, zero point and values stay as they are.
#include <cinttypes>

#include "schema/semantics/semantics.h"

namespace bulwark::schema {
namespace {

bool check_kept(const OperatorCheck& check, std::size_t input) {
  return require_same_quantization(check.place, check.input(input), check.output()) &&
         require_range_kept(check.place, check.input(input), check.output());
}

bool check_dimension(const Place& place, std::size_t axis, std::int64_t actual, std::int64_t expected) {
  if (actual == expected) return true;
  return place.invalid("dimension %zu of the output is %" PRId64 ", must be %" PRId64, axis, actual,
                       expected);
}

bool check_ranks(const Place& place, const TensorView& input, const TensorView& output) {
  if (input.shape.size() == output.shape.size()) return true;
  return place.invalid("the ranks of its tensors differ: %zu and %zu", input.shape.size(),
                       output.shape.size());
}

}  // namespace

bool check_reshape(const OperatorCheck& check) {
  const std::int64_t input = check.input(0).elements(), output = check.output().elements();
  if (input != output) {
    return check.place.invalid("the input has %" PRId64 " elements, the output %" PRId64, input, output);
  }
  return check_kept(check, 0);
}

bool check_transpose(const OperatorCheck& check) {
  const TensorView input = check.input(0), output = check.output();
  const View<std::int32_t> axes = check.op.axes;
  const std::size_t rank = input.shape.size();
  if (!check_ranks(check.place, input, output) || !check.place.has_entries("axes", axes.size(), rank))
    return false;
  unsigned seen = 0;
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int32_t axis = axes[i];
    if (!check.place.in_range("an axis", axis, 0, static_cast<std::int64_t>(rank) - 1)) return false;
    if (seen & 1u << axis) return check.place.invalid("axis %" PRId32 " is listed twice", axis);
    seen |= 1u << axis;
    if (!check_dimension(check.place, i, output.shape[i], input.shape[static_cast<std::size_t>(axis)]))
      return false;
  }
  return check_kept(check, 0);
}

bool check_concat(const OperatorCheck& check) {
  const TensorView output = check.output();
  const Place& place = check.place;
  if (!place.has_entries("axes", check.op.axes.size(), 1)) return false;
  const std::int32_t axis = check.op.axes[0];
  if (!place.in_range("the axis", axis, 0, static_cast<std::int64_t>(output.shape.size()) - 1)) return false;
  std::int64_t total = 0;
  for (std::size_t i = 0; i < check.op.inputs.size(); ++i) {
    const TensorView input = check.input(i);
    if (!check_ranks(place, input, output) || !check_kept(check, i)) return false;
    total += input.shape[static_cast<std::size_t>(axis)];
    for (std::size_t d = 0; d < output.shape.size(); ++d) {
      if (d == static_cast<std::size_t>(axis) || input.shape[d] == output.shape[d]) continue;
      return place.invalid("dimension %zu of input %zu is %" PRId32 ", of the output %" PRId32, d, i,
                           input.shape[d], output.shape[d]);
    }
  }
  return check_dimension(place, static_cast<std::size_t>(axis), output.shape[static_cast<std::size_t>(axis)],
                         total);
}

bool check_pad(const OperatorCheck& check) {
  const TensorView input = check.input(0), output = check.output();
  const View<std::int32_t> pads = check.op.axes;
  const std::size_t rank = input.shape.size();
  if (!check_ranks(check.place, input, output) || !check.place.has_entries("axes", pads.size(), 2 * rank)) {
    return false;
  }
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t before = pads[i], after = pads[rank + i];
    if (!check.place.in_range("padding", before, 0, kMaxDimension) ||
        !check.place.in_range("padding", after, 0, kMaxDimension) ||
        !check_dimension(check.place, i, output.shape[i], input.shape[i] + before + after)) {
      return false;
    }
  }
  return check_kept(check, 0) &&
         (output.type == ElementType::f32 || require_zero_point_in_range(check.place, output));
}

}  // namespace bulwark::schema
