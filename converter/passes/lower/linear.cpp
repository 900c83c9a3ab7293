// SPDX-License-Identifier: Apache-2.0
// conv, gemm and matmul with quantized input and weights: one operator, with an s8 result (a target) or a
// float one.
#include "converter/error.h"
#include "converter/passes/lower/lowering.h"
#include "converter/passes/lower/weights.h"
#include "converter/passes/lower/window.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::passes::lowering {

TensorIndex Lowering::emit_linear(const Node& node, write::OperatorKind kind, TensorIndex input,
                                  write::LinearSpec spec, IntegerWeights weights, const LinearBias& bias,
                                  const Shape& shape, const Target* target, const std::string& name) {
  std::vector<std::string> notes;
  try {
    solve_linear(grid_of(input), std::move(weights), bias,
                 target ? std::optional<float>(target->grid.scale) : std::nullopt, "'" + node.name + "'",
                 spec, notes);
  } catch (const Error& error) {
    problem(node, error.what());
  }
  if (report_) report_->notes.insert(report_->notes.end(), notes.begin(), notes.end());
  const auto type = target ? write::ElementType::s8 : write::ElementType::f32;
  const TensorIndex result = add_tensor(name, type, shape, target ? target->grid : Grid{});
  if (target) {
    spec.lo = {static_cast<std::int8_t>(target->grid.lo)};
    spec.hi = {static_cast<std::int8_t>(target->grid.hi)};
    if (!target->channel_hi.empty()) {
      spec.lo.assign(target->channel_hi.size(), spec.lo[0]);
      spec.hi.assign(target->channel_hi.begin(), target->channel_hi.end());
    }
  }
  emit(kind, node.name, {input}, result).linear = std::move(spec);
  return result;
}

std::optional<TensorIndex> Lowering::lower_linear(const Node& node, const Target* target,
                                                  const std::string& name) {
  if (node.op == Op::matmul && graph_[node.inputs[1]].shape.size() > 2)
    return lower_batched(node, target, name);
  std::optional<IntegerWeights> weights = integer_weights(graph_, node);
  if (!weights) return std::nullopt;
  std::optional<TensorIndex> x = exact(node.inputs[0]);
  const std::optional<LinearBias> bias = linear_bias(graph_, node, weights->rows);
  if (!x || !bias) return std::nullopt;
  const Shape shape = graph_[node.outputs[0]].shape;
  if (node.op == Op::conv) {
    if (!node.channels_last) return std::nullopt;
    const Window window = window_of(node);
    const Grid grid = grid_of(*x);
    if (window.padded() && (grid.zero_point < grid.lo || grid.zero_point > grid.hi)) return std::nullopt;
    const TensorIndex in = picture(*x, name + "_input");
    write::LinearSpec spec;
    window.fill(spec);
    spec.groups = static_cast<std::int32_t>(node.groups);
    const TensorIndex out = emit_linear(node, write::OperatorKind::conv_2d, in, std::move(spec),
                                        std::move(*weights), *bias, picture_shape(shape), target, name);
    return unpicture(out, shape, name + "_row");
  }
  if (graph_[node.inputs[0]].shape.size() < 2) return std::nullopt;
  if (node.op == Op::gemm && node.trans_a) x = transpose(*x, {1, 0}, name + "_input");
  const Shape rows{element_count(shape) / shape.back(), shape.back()};
  const std::int64_t depth = weights->row_elements;
  const TensorIndex in = reshape(*x, {rows[0], depth}, name + "_input");
  const TensorIndex out = emit_linear(node, write::OperatorKind::fully_connected, in, {}, std::move(*weights),
                                      *bias, rows, target, name);
  return reshape(out, shape, name + "_shaped");
}

/// [B, M, K] x constant [B, K, N]: a 1x1 convolution of M places with B groups of channels.
std::optional<TensorIndex> Lowering::lower_batched(const Node& node, const Target* target,
                                                   const std::string& name) {
  const Shape& x_shape = graph_[node.inputs[0]].shape;
  const Shape& w_shape = graph_[node.inputs[1]].shape;
  if (x_shape.size() != 3 || w_shape.size() != 3 || x_shape[0] != w_shape[0]) return std::nullopt;
  std::optional<IntegerWeights> weights = integer_weights(graph_, node);
  const std::optional<TensorIndex> x = weights ? exact(node.inputs[0]) : std::nullopt;
  if (!x) return std::nullopt;
  const std::int64_t batches = x_shape[0], places = x_shape[1], depth = x_shape[2], columns = w_shape[2];
  TensorIndex t = transpose(*x, {1, 0, 2}, name + "_places");
  t = reshape(t, {1, 1, places, batches * depth}, name + "_input");
  write::LinearSpec spec;
  spec.groups = static_cast<std::int32_t>(batches);
  const LinearBias bias{std::vector<double>(static_cast<std::size_t>(weights->rows), 0.0), {}, {}};
  t = emit_linear(node, write::OperatorKind::conv_2d, t, std::move(spec), std::move(*weights), bias,
                  {1, 1, places, batches * columns}, target, name + "_grouped");
  t = reshape(t, {places, batches, columns}, name + "_split");
  return transpose(t, {1, 0, 2}, name);
}

}  // namespace bulwark::converter::passes::lowering
