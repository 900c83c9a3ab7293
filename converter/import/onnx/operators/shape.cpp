// SPDX-License-Identifier: Apache-2.0
// Reshape and its kin, Transpose, Concat, Pad.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "converter/import/onnx/operators.h"

namespace bulwark::converter::import_onnx {
namespace {

void output_reshaped(NodeContext& context, ValueId x, const Shape& shape) {
  context.output(simple_node(Op::reshape, {x}), shape, context.dtype(x));
}

/// Squeeze and Unsqueeze: axes are an attribute before opset 13.
std::vector<std::int64_t> read_axes(NodeContext& context) {
  if (context.has_input(1)) return context.constant_integers(1, "the axes");
  return context.integers("axes", {});
}

}  // namespace

void import_reshape(NodeContext& context) {
  context.expect_inputs(2, 2);
  const bool allow_zero = context.integer("allowzero", 0) != 0;
  const ValueId x = context.input(0);
  const std::vector<std::int64_t> wanted = context.constant_integers(1, "the shape");
  output_reshaped(context, x, reshape(context.shape(x), wanted, allow_zero));
}

void import_flatten(NodeContext& context) {
  context.expect_inputs(1, 1);
  const ValueId x = context.input(0);
  const Shape& shape = context.shape(x);
  const std::int64_t axis = context.integer("axis", 1), rank = static_cast<std::int64_t>(shape.size());
  const std::int64_t split = axis == rank ? rank : normalize_axis(axis, shape.size());
  const std::int64_t rows = element_count({shape.begin(), shape.begin() + split});
  output_reshaped(context, x, {rows, element_count(shape) / rows});
}

void import_squeeze(NodeContext& context) {
  context.expect_inputs(1, 2);
  const ValueId x = context.input(0);
  const Shape from = context.shape(x);
  const std::vector<std::int64_t> axes = normalize_axes(read_axes(context), from.size());
  Shape shape;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const bool named = std::binary_search(axes.begin(), axes.end(), static_cast<std::int64_t>(i));
    if (named && from[i] != 1) throw Refusal(fmt::format("axis {} of {} is not 1", i, text(from)));
    if (!named && (from[i] != 1 || !axes.empty())) shape.push_back(from[i]);
  }
  output_reshaped(context, x, shape);
}

void import_unsqueeze(NodeContext& context) {
  context.expect_inputs(1, 2);
  const ValueId x = context.input(0);
  const Shape from = context.shape(x);
  const std::vector<std::int64_t> given = read_axes(context);
  const std::vector<std::int64_t> axes = normalize_axes(given, from.size() + given.size());
  Shape shape = from;
  for (const std::int64_t axis : axes) shape.insert(shape.begin() + axis, 1);
  output_reshaped(context, x, shape);
}

void import_transpose(NodeContext& context) {
  context.expect_inputs(1, 1);
  const ValueId x = context.input(0);
  const Shape from = context.shape(x);
  std::vector<std::int64_t> order(from.size());
  std::iota(order.rbegin(), order.rend(), 0);
  Node node = simple_node(Op::transpose, {x});
  node.perm = context.integers("perm", order);
  std::reverse(order.begin(), order.end());
  if (!std::is_permutation(node.perm.begin(), node.perm.end(), order.begin(), order.end())) {
    throw Refusal(fmt::format("perm {} is no permutation of {} axes", text(node.perm), from.size()));
  }
  Shape shape;
  for (const std::int64_t axis : node.perm) shape.push_back(from[static_cast<std::size_t>(axis)]);
  context.output(std::move(node), shape, context.dtype(x));
}

Planned plan_concat(NodeContext& context, const std::vector<ValueId>& inputs) {
  Planned planned{simple_node(Op::concat, inputs), context.shape(inputs.at(0))};
  if (!context.has("axis")) throw Refusal("has no axis");
  planned.node.axis = normalize_axis(context.integer("axis", 0), planned.shape.size());
  const std::size_t axis = static_cast<std::size_t>(planned.node.axis);
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    Shape other = context.shape(inputs[i]);
    context.expect_type(inputs[i], {context.dtype(inputs[0])});
    const std::int64_t size = other.size() > axis ? other[axis] : 0;
    if (other.size() > axis) other[axis] = planned.shape[axis];
    if (other != planned.shape) {
      throw Refusal(fmt::format("shapes {} and {} do not join along axis {}", text(planned.shape),
                                text(context.shape(inputs[i])), axis));
    }
    planned.shape[axis] += size;
    check_activation(planned.shape);
  }
  return planned;
}

void import_concat(NodeContext& context) {
  context.expect_inputs(1, 64);
  std::vector<ValueId> inputs;
  for (std::size_t i = 0; i < context.input_count(); ++i) inputs.push_back(context.input(i));
  Planned planned = plan_concat(context, inputs);
  context.output(std::move(planned.node), planned.shape, context.dtype(inputs[0]));
}

void import_pad(NodeContext& context) {
  context.expect_inputs(1, 4);
  if (const std::string mode = context.string("mode", "constant"); mode != "constant") {
    throw Refusal(fmt::format("mode '{}' is not supported", mode));
  }
  const ValueId x = context.input(0);
  context.expect_type(x, {DType::f32, DType::s8, DType::u8});
  const std::size_t rank = context.shape(x).size();
  std::vector<std::int64_t> pads = context.integers("pads", {});
  Node node = simple_node(Op::pad, {x});
  node.pad_value = context.real("value", 0.0f);
  if (context.has_input(1)) pads = context.constant_integers(1, "the pads");
  if (context.has_input(2)) node.pad_value = context.constant_real(2, "the constant value");
  std::vector<std::int64_t> axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  if (context.has_input(3)) {
    axes = context.constant_integers(3, "the axes");
    normalize_axes(axes, rank);
  }
  if (pads.size() != 2 * axes.size()) {
    throw Refusal(fmt::format("has {} pads for {} axes", pads.size(), axes.size()));
  }
  node.pads.assign(2 * rank, 0);
  Shape shape = context.shape(x);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::size_t axis = static_cast<std::size_t>(normalize_axis(axes[i], rank));
    const std::int64_t before = pads[i], after = pads[axes.size() + i];
    constexpr std::int64_t kMost = std::int64_t{1} << 24;
    if (before < 0 || after < 0 || before > kMost || after > kMost) {
      throw Refusal(fmt::format("pads of {} and {} are not supported", before, after));
    }
    node.pads[axis] = before;
    node.pads[rank + axis] = after;
    shape[axis] += before + after;
  }
  context.output(std::move(node), shape, context.dtype(x));
}

}  // namespace bulwark::converter::import_onnx
