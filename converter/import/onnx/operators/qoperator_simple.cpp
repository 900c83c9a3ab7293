// SPDX-License-Identifier: Apache-2.0
// com.microsoft's quantized operators without weights: one scale and zero point per tensor.
#include <fmt/format.h>

#include "converter/import/onnx/operators.h"

namespace bulwark::converter::import_onnx {
namespace {

Quantization one_scale(NodeContext& context, std::size_t scale, std::size_t zero_point, DType type) {
  if (element_count(context.constant(scale, "the scale").shape) != 1) {
    throw Refusal("a scale has more than one element");
  }
  return quantization(context, scale, zero_point, {1}, type, 0);
}

/// x, scale, zero point are inputs i, i + 1, i + 2.
ValueId dequantized(NodeContext& context, std::size_t i, const std::string& suffix) {
  const ValueId x = context.input(i);
  context.expect_type(x, {DType::s8, DType::u8});
  const Shape shape = context.shape(x);
  const Quantization q = one_scale(context, i + 1, i + 2, context.dtype(x));
  return context.add(dequantize_node(x, q), shape, DType::f32, suffix);
}

void output_quantized(NodeContext& context, ValueId y, std::size_t scale, std::size_t zero_point) {
  const DType type = zero_point_type(context, zero_point, DType::u8);
  const Quantization q = one_scale(context, scale, zero_point, type);
  context.output(quantize_node(y, q), context.shape(y), type);
}

ValueId add_planned(NodeContext& context, Planned planned) {
  return context.add(std::move(planned.node), planned.shape, DType::f32, "real");
}

ValueId transposed(NodeContext& context, ValueId x, std::vector<std::int64_t> perm, const char* suffix) {
  const Shape from = context.shape(x);
  if (from.size() != perm.size()) throw Refusal("channels_last needs four dimensions");
  Shape shape;
  for (const std::int64_t axis : perm) shape.push_back(from[static_cast<std::size_t>(axis)]);
  Node node = simple_node(Op::transpose, {x});
  node.perm = std::move(perm);
  return context.add(std::move(node), shape, DType::f32, suffix);
}

/// x, scale, zero point, y scale, y zero point; channels_last wraps the pool in transposes.
template <typename Plan>
void import_qlinear_pool(NodeContext& context, Plan plan) {
  context.expect_inputs(4, 5);
  const bool channels_last = context.integer("channels_last", 0) != 0;
  ValueId x = dequantized(context, 0, "input");
  if (channels_last) x = transposed(context, x, {0, 3, 1, 2}, "to_channels_first");
  ValueId y = add_planned(context, plan(x));
  if (channels_last) y = transposed(context, y, {0, 2, 3, 1}, "to_channels_last");
  output_quantized(context, y, 3, 4);
}

}  // namespace

void import_qlinear_binary(NodeContext& context) {
  context.expect_inputs(7, 8);
  const ValueId a = dequantized(context, 0, "a"), b = dequantized(context, 3, "b");
  const Shape shape = broadcast(context.shape(a), context.shape(b));
  const Op op = context.type() == "QLinearMul" ? Op::mul : Op::add;
  output_quantized(context, add_planned(context, {simple_node(op, {a, b}), shape}), 6, 7);
}

void import_qlinear_function(NodeContext& context) {
  context.expect_inputs(4, 5);
  const ValueId x = dequantized(context, 0, "input");
  output_quantized(context, add_planned(context, plan_function(context, x)), 3, 4);
}

void import_qlinear_concat(NodeContext& context) {
  context.expect_inputs(5, 2 + 3 * 64);
  if ((context.input_count() - 2) % 3 != 0) throw Refusal("every tensor needs a scale and a zero point");
  std::vector<ValueId> inputs;
  for (std::size_t i = 2; i < context.input_count(); i += 3) {
    inputs.push_back(dequantized(context, i, fmt::format("input{}", inputs.size())));
  }
  output_quantized(context, add_planned(context, plan_concat(context, inputs)), 0, 1);
}

void import_qlinear_average_pool(NodeContext& context) {
  import_qlinear_pool(context, [&](ValueId x) { return plan_pool(context, x, Op::average_pool); });
}

void import_qlinear_global_average_pool(NodeContext& context) {
  import_qlinear_pool(context,
                      [&](ValueId x) { return plan_global_pool(context, x, Op::global_average_pool); });
}

void import_qlinear_softmax(NodeContext& context) {
  context.expect_inputs(5, 5);
  const bool flatten = context.integer("opset", 13) < 13;
  const ValueId x = dequantized(context, 0, "input");
  const Shape shape = context.shape(x);
  Planned planned = plan_softmax(context, x, context.integer("axis", -1), flatten);
  const bool flat = planned.shape != shape;
  ValueId y = add_planned(context, std::move(planned));
  if (flat) y = context.add(simple_node(Op::reshape, {y}), shape, DType::f32, "unflattened");
  output_quantized(context, y, 3, 4);
}

}  // namespace bulwark::converter::import_onnx
