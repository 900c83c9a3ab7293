// SPDX-License-Identifier: Apache-2.0
// conv_2d and fully_connected: types, geometry, and the shapes of input, weights and output.
#include <cinttypes>

#include "schema/semantics/semantics.h"
#include "schema/semantics/window.h"

namespace bulwark::schema {
namespace {

bool check_types(const OperatorCheck& check) {
  const fb::LinearOptions& raw = *check.raw.linear();
  const auto format = static_cast<unsigned>(raw.weights()->format());
  if (format > static_cast<unsigned>(fb::WeightFormat::MAX)) {
    return check.place.invalid("unknown weight format %u", format);
  }
  const ElementType input = check.input(0).type, output = check.output().type;
  const bool float_weights = raw.weights()->format() == fb::WeightFormat::f32;
  if (float_weights != (input == ElementType::f32)) {
    return check.place.invalid("its input is %s and its weights are %s", name(input),
                               name(static_cast<WeightFormat>(format)));
  }
  if (float_weights) return require_type(check.place, "the output", check.output(), ElementType::f32);
  if (!require_type(check.place, "the input", check.input(0), ElementType::s8)) return false;
  return output != ElementType::u8 || check.place.invalid("the output is u8, must be s8 or f32");
}

/// rows and row_elements against what the shapes ask for.
bool check_weight_shape(const OperatorCheck& check, std::int64_t rows, std::int64_t row_elements) {
  const WeightsView& weights = check.op.linear.weights;
  if (weights.rows != rows || weights.row_elements != row_elements) {
    return check.place.invalid("weights are %" PRId32 " rows of %" PRId32 ", must be %" PRId64
                               " rows of %" PRId64,
                               weights.rows, weights.row_elements, rows, row_elements);
  }
  if (!check.place.in_range("row_elements", row_elements, 1, kMaxRowElements)) return false;
  check.context.weights += rows * row_elements;  // at most 2^48 + 2^28
  if (check.context.weights <= kMaxWeights) return true;
  return check.place.too_large("brings all weights together to more than %" PRId64, kMaxWeights);
}

bool check_conv(const OperatorCheck& check) {
  const LinearView& linear = check.op.linear;
  const TensorView input = check.input(0), output = check.output();
  if (!check_nhwc(check.place, input, output)) return false;
  const Axis h = vertical(linear, input, output), w = horizontal(linear, input, output);
  if (!check_axis(check.place, h) || !check_axis(check.place, w)) return false;
  if (!check.place.in_range("groups", linear.groups, 1, kMaxGroups)) return false;
  const std::int32_t in_channels = input.shape[3], out_channels = output.shape[3];
  if (in_channels % linear.groups != 0 || out_channels % linear.groups != 0) {
    return check.place.invalid("%" PRId32 " input and %" PRId32 " output channels do not divide into %" PRId32
                               " groups",
                               in_channels, out_channels, linear.groups);
  }
  const bool padded = h.pad_before + h.pad_after + w.pad_before + w.pad_after > 0;
  if (padded && input.type != ElementType::f32 && !require_zero_point_in_range(check.place, input))
    return false;
  const std::int64_t taps = std::int64_t{linear.kernel_h} * linear.kernel_w * (in_channels / linear.groups);
  return check_weight_shape(check, out_channels, taps) &&
         count_macs(check.context, check.place, output.elements(), taps);
}

bool check_fully_connected(const OperatorCheck& check) {
  const LinearView& v = check.op.linear;
  const TensorView input = check.input(0), output = check.output();
  if (v.kernel_h != 1 || v.kernel_w != 1 || v.stride_h != 1 || v.stride_w != 1 || v.dilation_h != 1 ||
      v.dilation_w != 1 || v.pad_top != 0 || v.pad_left != 0 || v.pad_bottom != 0 || v.pad_right != 0 ||
      v.groups != 1) {
    return check.place.invalid("must have no kernel, stride, dilation, padding or groups");
  }
  if (input.shape.size() != 2 || output.shape.size() != 2) {
    return check.place.invalid("input and output have rank %zu and %zu, must be 2", input.shape.size(),
                               output.shape.size());
  }
  if (input.shape[0] != output.shape[0]) {
    return check.place.invalid("the rows change from %" PRId32 " to %" PRId32, input.shape[0],
                               output.shape[0]);
  }
  return check_weight_shape(check, output.shape[1], input.shape[1]) &&
         count_macs(check.context, check.place, output.elements(), input.shape[1]);
}

}  // namespace

bool check_linear(const OperatorCheck& check) {
  const bool conv = check.op.kind == OperatorKind::conv_2d;
  return check_types(check) && (conv ? check_conv(check) : check_fully_connected(check)) &&
         check_linear_numbers(check);
}

}  // namespace bulwark::schema
