// SPDX-License-Identifier: Apache-2.0
// What stays in float: layers without quantization around them, and float outputs.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "converter/passes/lower/lowering.h"
#include "converter/passes/lower/weights.h"
#include "converter/passes/lower/window.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::passes::lowering {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

bool is_activation(Op op) { return op == Op::relu || op == Op::clip; }

bool clamps_itself(Op op) {
  switch (op) {
    case Op::conv:
    case Op::gemm:
    case Op::matmul:
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::div:
    case Op::maximum:
    case Op::minimum:
    case Op::prelu:
    case Op::reduce_sum:
    case Op::reduce_mean:
    case Op::reduce_max:
    case Op::reduce_min:
    case Op::max_pool:
    case Op::average_pool:
    case Op::global_max_pool:
    case Op::global_average_pool:
      return true;
    default:
      return false;
  }
}

}  // namespace

TensorIndex Lowering::real(ValueId id) {
  const auto known = real_.find(id);
  if (known != real_.end()) return known->second;
  const TensorIndex result = real_uncached(id);
  real_[id] = result;
  return result;
}

TensorIndex Lowering::real_uncached(ValueId id) {
  const Value& value = graph_[id];
  if (const std::optional<TensorData> constant = constant_data(graph_, id)) {
    return add_float_constant(value.name, value.shape, constant->data);
  }
  const auto input = inputs_.find(id);
  if (input != inputs_.end()) return input->second;
  if (const std::optional<TensorIndex> integers = exact(id)) {
    const TensorIndex result = add_tensor(value.name, write::ElementType::f32, value.shape);
    const Node& node = *producer(id);
    emit(write::OperatorKind::dequantize, node.op == Op::dequantize ? node.name : value.name + "_dequantize",
         {*integers}, result);
    return result;
  }
  const Node& node = *producer(id);
  if (!is_activation(node.op)) return real_node(node, -kInfinity, kInfinity, value.name);

  const float lo = node.op == Op::relu ? 0.0f : node.clip_lo,
              hi = node.op == Op::relu ? kInfinity : node.clip_hi;
  const Node* inner = producer(node.inputs[0]);
  if (inner && clamps_itself(inner->op) && single_use(node.inputs[0]) && lo <= hi && !exact(node.inputs[0])) {
    return real_node(*inner, lo, hi, value.name);
  }
  const TensorIndex x = real(node.inputs[0]);
  const TensorIndex result = add_tensor(value.name, write::ElementType::f32, value.shape);
  note_float(node, "nothing quantizes its result");
  write::OperatorSpec& op = emit(write::OperatorKind::clip, node.name, {x}, result);
  op.float_lo = lo;
  op.float_hi = hi;
  if (!(lo <= hi)) problem(node, "its lower bound is above its upper bound");
  return result;
}

TensorIndex Lowering::unlowered(const Node& node, const std::string& what) {
  problem(node, what);
  const Value& value = graph_[node.outputs[0]];
  return add_tensor(value.name, write::ElementType::f32, value.shape);
}

/// The node's own computation, clamped to [lo, hi].
TensorIndex Lowering::real_node(const Node& node, float lo, float hi, const std::string& name) {
  const Shape& shape = graph_[node.outputs[0]].shape;
  switch (node.op) {
    case Op::conv:
    case Op::gemm:
    case Op::matmul:
      return real_linear(node, lo, hi, name);
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::div:
    case Op::maximum:
    case Op::minimum:
    case Op::prelu:
      return real_binary(node, lo, hi, name);
    case Op::unary:
      return real_function(node, name);
    case Op::reduce_sum:
    case Op::reduce_mean:
    case Op::reduce_max:
    case Op::reduce_min:
      return real_reduced(node, lo, hi, name);
    case Op::max_pool:
    case Op::average_pool:
    case Op::global_max_pool:
    case Op::global_average_pool: {
      const bool maximum = node.op == Op::max_pool || node.op == Op::global_max_pool;
      const TensorIndex x = real(node.inputs[0]);
      note_float(node, "its input or its result is not quantized");
      return pooled(node, x,
                    maximum ? write::OperatorKind::max_pool_2d : write::OperatorKind::average_pool_2d,
                    nullptr, name, lo, hi);
    }
    case Op::softmax:
    case Op::log_softmax:
      return real_softmax(node, name);
    case Op::reshape:
    case Op::transpose:
    case Op::identity:
    case Op::slice:
    case Op::gather:
      return moved(node, real(node.inputs[0]));
    case Op::resize:
      note_float(node, "its input or its result is not quantized");
      return resized(node, real(node.inputs[0]), name);
    case Op::pad:
      if (node.pad_value != 0.0f) return pad_with(real(node.inputs[0]), node.pads, node.pad_value, name);
      return pad(real(node.inputs[0]), node.pads, name);
    case Op::concat: {
      std::vector<TensorIndex> parts;
      for (const ValueId id : node.inputs) parts.push_back(real(id));
      return concat(parts, node.axis, {}, shape, name, node.name);
    }
    case Op::dequantize: {
      if (graph_[node.inputs[0]].type == DType::s16)
        return unlowered(node, "what is computed on its 16-bit integers is not supported");
      const bool simple = per_tensor(graph_, node);
      return unlowered(node, simple ? "its input has another zero point or type than its source"
                                    : "one scale per channel of an activation is not supported");
    }
    default:
      return unlowered(node, "no operator computes this");
  }
}

TensorIndex Lowering::real_linear(const Node& node, float lo, float hi, const std::string& name) {
  const bool clamps = lo != -kInfinity || hi != kInfinity;
  const std::string own_name = clamps ? graph_[node.outputs[0]].name : name;
  if (const std::optional<TensorIndex> result = lower_linear(node, nullptr, own_name)) {
    if (!clamps) return *result;
    const TensorIndex clipped = add_tensor(name, write::ElementType::f32, shape_of(*result));
    note_float(node, "nothing quantizes the result of its activation");
    write::OperatorSpec& op = emit(write::OperatorKind::clip, node.name + "_clip", {*result}, clipped);
    op.float_lo = lo;
    op.float_hi = hi;
    return clipped;
  }
  const Shape shape = graph_[node.outputs[0]].shape;
  const std::optional<FloatWeights> weights = float_weights(graph_, node);
  if (!weights) return unlowered(node, "its weights are not constant");
  if (graph_[node.inputs[1]].shape.size() > 2 && node.op == Op::matmul) {
    return unlowered(node, "a product of batches in float is not supported");
  }
  const std::optional<LinearBias> bias = linear_bias(graph_, node, weights->rows);
  if (!bias) return unlowered(node, "its bias is not a constant per output channel");
  note_float(node, "its input or its weights are not quantized");
  write::LinearSpec spec;
  spec.weights.format = write::WeightFormat::f32;
  spec.weights.rows = weights->rows;
  spec.weights.row_elements = weights->row_elements;
  spec.weights.floats = weights->values;
  for (const double b : bias->real) spec.float_bias.push_back(static_cast<float>(b));
  TensorIndex x = real(node.inputs[0]);
  Shape result_shape = picture_shape(shape);
  const bool conv = node.op == Op::conv;
  if (conv) {
    if (!node.channels_last) return unlowered(node, "is not in channels-last layout");
    window_of(node).fill(spec);
    spec.groups = static_cast<std::int32_t>(node.groups);
    x = picture(x, name + "_input");
  } else {
    if (node.op == Op::gemm && node.trans_a) x = transpose(x, {1, 0}, name + "_input");
    result_shape = {element_count(shape) / shape.back(), shape.back()};
    x = reshape(x, {result_shape[0], weights->row_elements}, name + "_input");
  }
  const TensorIndex result = add_tensor(name, write::ElementType::f32, result_shape);
  write::OperatorSpec& op = emit(conv ? write::OperatorKind::conv_2d : write::OperatorKind::fully_connected,
                                 node.name, {x}, result);
  op.linear = std::move(spec);
  op.float_lo = lo;
  op.float_hi = hi;
  return reshape(result, shape, name + "_shaped");
}

}  // namespace bulwark::converter::passes::lowering
