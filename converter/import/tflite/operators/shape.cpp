// SPDX-License-Identifier: Apache-2.0
// Data movement: what keeps every element, on integers as on floats.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "converter/import/tflite/operators.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::import_tflite {
namespace {

void output_reshaped(NodeContext& context, Shape shape) {
  context.output_moved(simple_node(Op::reshape, {context.input(0)}), std::move(shape));
}

bool is_plain_integer(DType type) {
  return type == DType::s32 || type == DType::s64 || type == DType::boolean;
}

std::vector<std::int64_t> list(const flatbuffers::Vector<std::int32_t>* stored) {
  if (!stored) return {};
  if (stored->size() > 16)
    throw Refusal(fmt::format("has a list of {} numbers in its options", stored->size()));
  return {stored->begin(), stored->end()};
}

}  // namespace

void import_reshape(NodeContext& context) {
  context.expect_inputs(1, 2);
  std::vector<std::int64_t> wanted;
  if (context.has_input(1)) {
    wanted = context.constant_integers(1, "the shape");
  } else {
    const auto& options = context.options<wire::ReshapeOptions>();
    if (!options.new_shape()) throw Refusal("has no shape");
    wanted = list(options.new_shape());
  }
  output_reshaped(context, reshape(context.shape(context.input(0)), wanted, true));
}

void import_squeeze(NodeContext& context) {
  context.expect_inputs(1, 1);
  const auto* options = context.find_options<wire::SqueezeOptions>();
  const Shape from = context.shape(context.input(0));
  const std::vector<std::int64_t> axes =
      normalize_axes(list(options ? options->squeeze_dims() : nullptr), from.size());
  Shape shape;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const bool named = std::binary_search(axes.begin(), axes.end(), static_cast<std::int64_t>(i));
    if (named && from[i] != 1) throw Refusal(fmt::format("axis {} of {} is not 1", i, text(from)));
    if (!named && (from[i] != 1 || !axes.empty())) shape.push_back(from[i]);
  }
  output_reshaped(context, std::move(shape));
}

void import_expand_dims(NodeContext& context) {
  context.expect_inputs(2, 2);
  Shape shape = context.shape(context.input(0));
  const std::int64_t axis = normalize_axis(context.constant_integer(1, "the axis"), shape.size() + 1);
  shape.insert(shape.begin() + axis, 1);
  output_reshaped(context, std::move(shape));
}

void import_transpose(NodeContext& context) {
  context.expect_inputs(2, 2);
  const ValueId x = context.input(0);
  const Shape from = context.shape(x);
  Node node = simple_node(Op::transpose, {x});
  for (const std::int64_t axis : context.constant_integers(1, "the permutation")) {
    node.perm.push_back(normalize_axis(axis, from.size()));
  }
  std::vector<std::int64_t> order(from.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  if (!std::is_permutation(node.perm.begin(), node.perm.end(), order.begin(), order.end())) {
    throw Refusal(fmt::format("{} is no permutation of {} axes", text(node.perm), from.size()));
  }
  const Shape shape = passes::permuted(from, node.perm);
  context.output_moved(std::move(node), shape);
}

void import_concatenation(NodeContext& context) {
  const auto& options = context.options<wire::ConcatenationOptions>();
  if (context.input_count() == 0) throw Refusal("has no inputs");
  const bool integers = is_plain_integer(context.dtype(context.input(0)));
  Node node = simple_node(Op::concat, {});
  Shape shape = context.shape(context.input(0));
  node.axis = normalize_axis(options.axis(), shape.size());
  const std::size_t axis = static_cast<std::size_t>(node.axis);
  std::int64_t size = 0;
  for (std::size_t i = 0; i < context.input_count(); ++i) {
    const ValueId id = context.input(i);
    context.expect_type(id, {context.dtype(context.input(0))});
    Shape other = context.shape(id);
    if (other.size() == shape.size()) {
      size += other[axis];
      other[axis] = shape[axis];
    }
    if (other != shape) {
      throw Refusal(fmt::format("shapes {} and {} do not join along axis {}", text(shape),
                                text(context.shape(id)), axis));
    }
    node.inputs.push_back(integers ? id : context.real(i));
  }
  shape[axis] = size;
  check_activation(shape);
  if (integers) return context.output_moved(std::move(node), shape);
  context.output(std::move(node), shape, options.fused_activation());
}

/// PAD with zeros (the zero point of quantized tensors), PADV2 with a value.
void import_pad(NodeContext& context) {
  const bool given = context.code() == wire::BuiltinOperator::PADV2;
  context.expect_inputs(given ? 3 : 2, given ? 3 : 2);
  const ValueId x = context.input(0);
  Shape shape = context.shape(x);
  const std::size_t rank = shape.size();
  const std::vector<std::int64_t> amounts = context.constant_integers(1, "the paddings");  // [rank, 2]
  if (amounts.size() != 2 * rank)
    throw Refusal(fmt::format("has {} paddings for {} axes", amounts.size(), rank));
  Node node = simple_node(Op::pad, {x});
  node.pads.resize(2 * rank);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    constexpr std::int64_t kMost = std::int64_t{1} << 24;
    const std::int64_t before = amounts[2 * axis], after = amounts[2 * axis + 1];
    if (before < 0 || after < 0 || before > kMost || after > kMost) {
      throw Refusal(fmt::format("paddings of {} and {} are not supported", before, after));
    }
    node.pads[axis] = before;
    node.pads[rank + axis] = after;
    shape[axis] += before + after;
  }
  const bool quantized = context.dtype(x) == DType::s8 || context.dtype(x) == DType::u8;
  if (quantized) node.pad_value = static_cast<float>(context.levels(0).zero_points[0]);
  if (given) {
    const Value& value = context.constant(2, "the value");
    context.expect_type(context.input(2), {context.dtype(x)});
    if (element_count(value.shape) != 1) throw Refusal("the value is not one number");
    node.pad_value =
        value.type == DType::f32 ? value.constant->floats[0] : static_cast<float>(value.constant->ints[0]);
  }
  context.output_moved(std::move(node), shape);
}

void import_shape(NodeContext& context) {
  context.expect_inputs(1, 1);
  const Shape shape = context.shape(context.input(0));
  const DType type = context.output_type();
  if (type != DType::s32 && type != DType::s64) throw Refusal(fmt::format("gives type {}", name(type)));
  context.output_constant(type, {static_cast<std::int64_t>(shape.size())}, {{}, shape});
}

}  // namespace bulwark::converter::import_tflite
