// SPDX-License-Identifier: Apache-2.0
// Conv, Gemm, MatMul, BatchNormalization.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "converter/import/onnx/operators.h"
#include "converter/import/onnx/window.h"

namespace bulwark::converter::import_onnx {
namespace {

void expect_finite(NodeContext& context, ValueId id) {
  const Value& v = context.value(id);
  if (!v.constant) return;
  const auto& floats = v.constant->floats;
  if (!std::all_of(floats.begin(), floats.end(), [](float f) { return std::isfinite(f); })) {
    throw Refusal(fmt::format("'{}' holds an infinity", v.name));
  }
}

void expect_float_operand(NodeContext& context, ValueId id) {
  context.expect_type(id, {DType::f32});
  expect_finite(context, id);
}

void expect_vector(NodeContext& context, ValueId id, std::int64_t size) {
  expect_float_operand(context, id);
  if (context.shape(id) != Shape{size}) {
    throw Refusal(fmt::format("'{}' has shape {}, should be [{}]", context.value(id).name,
                              text(context.shape(id)), size));
  }
}

}  // namespace

Planned plan_conv(NodeContext& context, ValueId x, ValueId w, ValueId bias) {
  context.expect_rank(x, 3, 4);
  const Shape input = context.shape(x), weights = context.shape(w);
  expect_float_operand(context, x);
  expect_float_operand(context, w);
  if (weights.size() != input.size()) {
    throw Refusal(fmt::format("input {} and weights {} differ in rank", text(input), text(weights)));
  }
  check_activation(weights);
  Planned planned{simple_node(Op::conv, {x, w}), {input[0], weights[0]}};
  Node& node = planned.node;
  node.groups = context.integer("group", 1);
  if (node.groups < 1 || weights[0] % node.groups != 0 || input[1] % node.groups != 0 ||
      input[1] / node.groups != weights[1]) {
    throw Refusal(
        fmt::format("{} groups do not fit input {} and weights {}", node.groups, text(input), text(weights)));
  }
  const std::vector<std::int64_t> kernel(weights.begin() + 2, weights.end());
  if (context.integers("kernel_shape", kernel) != kernel) {
    throw Refusal(fmt::format("kernel_shape is not that of the weights, {}", text(weights)));
  }
  const std::vector<std::int64_t> sizes =
      read_windows(context, node, kernel, {input.begin() + 2, input.end()});
  planned.shape.insert(planned.shape.end(), sizes.begin(), sizes.end());
  if (bias != kNoValue) {
    expect_vector(context, bias, weights[0]);
    node.inputs.push_back(bias);
  }
  context.count_macs(planned.shape, element_count(weights) / weights[0]);
  return planned;
}

void import_conv(NodeContext& context) {
  context.expect_inputs(2, 3);
  const ValueId x = context.input(0), w = context.input(1);
  const ValueId bias = context.has_input(2) ? context.input(2) : kNoValue;
  Planned planned = plan_conv(context, x, w, bias);
  context.output(std::move(planned.node), planned.shape, DType::f32);
}

void import_gemm(NodeContext& context) {
  context.expect_inputs(2, 3);
  const ValueId a = context.input(0), b = context.input(1);
  Node node = simple_node(Op::gemm, {a, b});
  for (const ValueId id : node.inputs) {
    context.expect_rank(id, 2, 2);
    expect_float_operand(context, id);
  }
  node.alpha = context.real("alpha", 1.0f);
  node.beta = context.real("beta", 1.0f);
  node.trans_a = context.integer("transA", 0) != 0;
  node.trans_b = context.integer("transB", 0) != 0;
  if (!std::isfinite(node.alpha) || !std::isfinite(node.beta)) throw Refusal("alpha or beta is infinite");
  const Shape left = context.shape(a), right = context.shape(b);
  const std::int64_t depth = left[node.trans_a ? 0 : 1];
  if (right[node.trans_b ? 1 : 0] != depth) {
    throw Refusal(fmt::format("matrices {} and {} do not fit", text(left), text(right)));
  }
  const Shape shape = {left[node.trans_a ? 1 : 0], right[node.trans_b ? 0 : 1]};
  if (context.has_input(2)) {
    const ValueId c = context.input(2);
    expect_float_operand(context, c);
    if (broadcast(shape, context.shape(c)) != shape) {
      throw Refusal(
          fmt::format("C of shape {} does not broadcast to {}", text(context.shape(c)), text(shape)));
    }
    node.inputs.push_back(c);
  }
  context.count_macs(shape, depth);
  context.output(std::move(node), shape, DType::f32);
}

Planned plan_matmul(NodeContext& context, ValueId a, ValueId b) {
  for (const ValueId id : {a, b}) {
    context.expect_rank(id, 2, 6);
    expect_float_operand(context, id);
  }
  const Shape left = context.shape(a), right = context.shape(b);
  const std::int64_t rows = left[left.size() - 2], depth = left.back();
  if (right[right.size() - 2] != depth) {
    throw Refusal(fmt::format("matrices {} and {} do not fit", text(left), text(right)));
  }
  Shape shape = broadcast({left.begin(), left.end() - 2}, {right.begin(), right.end() - 2});
  shape.push_back(rows);
  shape.push_back(right.back());
  context.count_macs(shape, depth);
  return {simple_node(Op::matmul, {a, b}), shape};
}

void import_matmul(NodeContext& context) {
  context.expect_inputs(2, 2);
  const ValueId a = context.input(0);
  Planned planned = plan_matmul(context, a, context.input(1));
  context.output(std::move(planned.node), planned.shape, DType::f32);
}

void import_batch_norm(NodeContext& context) {
  context.expect_inputs(5, 5);
  context.ignore("momentum");
  if (context.integer("training_mode", 0) != 0) throw Refusal("training_mode is not supported");
  if (context.integer("spatial", 1) != 1) throw Refusal("spatial = 0 is not supported");
  const ValueId x = context.input(0);
  context.expect_type(x, {DType::f32});
  context.expect_rank(x, 2, 6);
  Node node = simple_node(Op::batch_norm, {x});
  node.epsilon = context.real("epsilon", 1e-5f);
  for (std::size_t i = 1; i < 5; ++i) {
    const ValueId parameter = context.input(i);
    expect_vector(context, parameter, context.shape(x)[1]);
    node.inputs.push_back(parameter);
  }
  if (const auto& variance = context.value(node.inputs[4]).constant) {
    for (const float v : variance->floats) {
      if (!(v + node.epsilon > 0)) throw Refusal(fmt::format("a variance of {} has no square root", v));
    }
  }
  context.output(std::move(node), context.shape(x), DType::f32);
}

}  // namespace bulwark::converter::import_onnx
