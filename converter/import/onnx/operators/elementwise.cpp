// SPDX-License-Identifier: Apache-2.0
// Arithmetic, activations, and what inference leaves out.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "converter/import/onnx/operators.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::import_onnx {

Node simple_node(Op op, std::vector<ValueId> inputs) {
  Node node;
  node.op = op;
  node.inputs = std::move(inputs);
  return node;
}

void import_binary(NodeContext& context) {
  context.expect_inputs(2, 2);
  const ValueId a = context.input(0), b = context.input(1);
  const bool shape_arithmetic = context.value(a).constant && context.value(b).constant;
  if (!shape_arithmetic) context.expect_type(a, {DType::f32});
  context.expect_type(b, {context.dtype(a)});
  const Op op = context.type() == "Add" ? Op::add : context.type() == "Sub" ? Op::sub : Op::mul;
  const Shape shape = broadcast(context.shape(a), context.shape(b));
  context.output(simple_node(op, {a, b}), shape, context.dtype(a));
}

namespace {

/// Shape arithmetic: integers that are known now, rounded towards zero.
void output_quotient(NodeContext& context, ValueId a, ValueId b) {
  context.expect_type(b, {context.dtype(a)});
  const Shape shape = broadcast(context.shape(a), context.shape(b));
  const std::vector<std::int64_t> left = passes::broadcast_indices(context.shape(a), shape),
                                  right = passes::broadcast_indices(context.shape(b), shape);
  Value quotient{"", context.dtype(a), shape, Constant{}};
  for (std::size_t i = 0; i < left.size(); ++i) {
    const std::int64_t x = context.value(a).constant->ints.at(static_cast<std::size_t>(left[i]));
    const std::int64_t y = context.value(b).constant->ints.at(static_cast<std::size_t>(right[i]));
    if (y == 0 || (y == -1 && x == std::numeric_limits<std::int64_t>::min()))
      throw Refusal(fmt::format("divides {} by {}", x, y));
    quotient.constant->ints.push_back(x / y);
  }
  context.output_constant(std::move(quotient));
}

}  // namespace

/// Division by a constant is multiplication by its inverse.
void import_div(NodeContext& context) {
  context.expect_inputs(2, 2);
  const ValueId a = context.input(0), b = context.input(1);
  if (context.dtype(a) != DType::f32 && context.value(a).constant && context.value(b).constant)
    return output_quotient(context, a, b);
  context.expect_type(a, {DType::f32});
  context.expect_type(b, {DType::f32});
  const Shape shape = broadcast(context.shape(a), context.shape(b));
  if (!context.value(b).constant) {
    context.output(simple_node(Op::div, {a, b}), shape, DType::f32);
    return;
  }
  Value inverse{"", DType::f32, context.shape(b), Constant{}};
  for (const float v : context.value(b).constant->floats) {
    inverse.constant->floats.push_back(1.0f / v);
    if (!std::isfinite(1.0f / v)) throw Refusal("divides by zero or by a number too small");
  }
  const ValueId factor = context.add_constant(std::move(inverse), "inverse");
  context.output(simple_node(Op::mul, {a, factor}), shape, DType::f32);
}

/// Max and Min of one or more tensors, two at a time.
void import_extreme(NodeContext& context) {
  context.expect_inputs(1, 64);
  const Op op = context.type() == "Max" ? Op::maximum : Op::minimum;
  ValueId best = context.input(0);
  context.expect_type(best, {DType::f32});
  for (std::size_t i = 1; i < context.input_count(); ++i) {
    const ValueId next = context.input(i);
    context.expect_type(next, {DType::f32});
    const Shape shape = broadcast(context.shape(best), context.shape(next));
    Node node = simple_node(op, {best, next});
    if (i + 1 == context.input_count()) {
      context.output(std::move(node), shape, DType::f32);
      return;
    }
    best = context.add(std::move(node), shape, DType::f32, fmt::format("of{}", i + 1));
  }
  context.output(simple_node(Op::identity, {best}), context.shape(best), DType::f32);
}

void import_relu(NodeContext& context) {
  context.expect_inputs(1, 1);
  const ValueId x = context.input(0);
  context.expect_type(x, {DType::f32, DType::s8});
  Node node = simple_node(Op::relu, {x});
  if (context.dtype(x) == DType::s8) {  // of the integers themselves: their zero point is no part of it
    node.op = Op::clip;
    node.clip_lo = 0;
  }
  context.output(std::move(node), context.shape(x), context.dtype(x));
}

void import_clip(NodeContext& context) {
  context.expect_inputs(1, 3);
  const ValueId x = context.input(0);
  context.expect_type(x, {DType::f32, DType::s8, DType::u8});
  Node node = simple_node(Op::clip, {x});
  if (context.opset() < 11) {
    node.clip_lo = context.real("min", std::numeric_limits<float>::lowest());
    node.clip_hi = context.real("max", std::numeric_limits<float>::max());
  }
  if (context.has_input(1)) node.clip_lo = context.constant_real(1, "min");
  if (context.has_input(2)) node.clip_hi = context.constant_real(2, "max");
  node.clip_lo = std::min(node.clip_lo, node.clip_hi);  // ONNX: the upper bound wins
  context.output(std::move(node), context.shape(x), context.dtype(x));
}

Planned plan_softmax(NodeContext& context, ValueId x, std::int64_t axis, bool flatten) {
  const Shape shape = context.shape(x);
  Planned planned{simple_node(Op::softmax, {x}), shape};
  planned.node.axis = normalize_axis(axis, shape.size());
  const auto behind = shape.begin() + planned.node.axis + 1;
  if (flatten && std::any_of(behind, shape.end(), [](std::int64_t d) { return d != 1; })) {
    std::int64_t rows = 1;
    for (std::int64_t i = 0; i < planned.node.axis; ++i) rows *= shape[static_cast<std::size_t>(i)];
    planned.shape = {rows, element_count(shape) / rows};
    planned.node.inputs = {context.add(simple_node(Op::reshape, {x}), planned.shape, DType::f32, "flat")};
    planned.node.axis = 1;
  }
  return planned;
}

namespace {

void import_softmax_like(NodeContext& context, Op op) {
  context.expect_inputs(1, 1);
  const ValueId x = context.input(0);
  context.expect_type(x, {DType::f32});
  const Shape shape = context.shape(x);
  const bool flatten = context.opset() < 13;
  Planned planned = plan_softmax(context, x, context.integer("axis", flatten ? 1 : -1), flatten);
  planned.node.op = op;
  if (planned.shape == shape) {
    context.output(std::move(planned.node), shape, DType::f32);
    return;
  }
  const ValueId y = context.add(std::move(planned.node), planned.shape, DType::f32, "softmax");
  context.output(simple_node(Op::reshape, {y}), shape, DType::f32);
}

}  // namespace

void import_softmax(NodeContext& context) { import_softmax_like(context, Op::softmax); }

void import_log_softmax(NodeContext& context) { import_softmax_like(context, Op::log_softmax); }

void import_identity(NodeContext& context) {
  context.expect_inputs(1, 1);
  const ValueId x = context.input(0);
  context.output(simple_node(Op::identity, {x}), context.shape(x), context.dtype(x));
}

void import_dropout(NodeContext& context) {
  context.expect_inputs(1, 3);
  for (const char* name : {"ratio", "seed"}) context.ignore(name);
  if (context.has_input(2) && context.constant_integer(2, "training_mode") != 0) {
    throw Refusal("training_mode is not supported");
  }
  const ValueId x = context.input(0);
  context.output(simple_node(Op::identity, {x}), context.shape(x), context.dtype(x));
}

}  // namespace bulwark::converter::import_onnx
