// SPDX-License-Identifier: Apache-2.0
// A batch norm is y = factor * x + offset per channel. Behind a conv or gemm it goes into the weights and the
// bias (of quantized weights: into their scales, which may become negative; the lowering moves the sign into
// the integers). Anywhere else it becomes a depthwise 1x1 conv.
#include <cmath>

#include "converter/passes/passes.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::passes {
namespace {

struct Affine {
  std::vector<double> factor, offset;
};

std::optional<Affine> affine_of(const Graph& graph, const Node& node) {
  std::vector<std::vector<float>> parameters;
  for (std::size_t i = 1; i < 5; ++i) {
    const std::optional<TensorData> data = constant_data(graph, node.inputs.at(i));
    if (!data) return std::nullopt;
    parameters.push_back(data->data);
  }
  Affine affine;
  for (std::size_t c = 0; c < parameters[0].size(); ++c) {
    const double deviation =
        std::sqrt(static_cast<double>(parameters[3].at(c)) + static_cast<double>(node.epsilon));
    affine.factor.push_back(static_cast<double>(parameters[0][c]) / deviation);
    affine.offset.push_back(static_cast<double>(parameters[1].at(c)) -
                            static_cast<double>(parameters[2].at(c)) * affine.factor.back());
  }
  return affine;
}

float scaled(float value, double factor) { return static_cast<float>(static_cast<double>(value) * factor); }

/// Multiplies slices of float weights along the axis.
ValueId scale_floats(Graph& graph, ValueId weights, std::int64_t axis, const std::vector<double>& factor) {
  const Value value = graph[weights];
  std::vector<float> floats = value.constant.value().floats;
  std::int64_t inner = 1;
  for (std::size_t i = static_cast<std::size_t>(axis) + 1; i < value.shape.size(); ++i)
    inner *= value.shape[i];
  const std::int64_t count = static_cast<std::int64_t>(factor.size());
  for (std::size_t i = 0; i < floats.size(); ++i) {
    floats[i] =
        scaled(floats[i], factor[static_cast<std::size_t>(static_cast<std::int64_t>(i) / inner % count)]);
  }
  return add_floats(graph, value.name + "_folded", value.shape, std::move(floats));
}

/// A copy of the dequantize node whose scales carry the factors; kNoValue when it is per another axis.
ValueId scale_dequantize(Graph& graph, std::size_t consumer, std::int64_t axis,
                         const std::vector<double>& factor) {
  Node dequantize = *producer(graph, graph.nodes[consumer].inputs[1]);
  std::vector<float> scales = graph[dequantize.inputs[1]].constant->floats;
  if (scales.size() != 1 && (scales.size() != factor.size() || dequantize.axis != axis)) return kNoValue;
  scales.resize(factor.size(), scales[0]);
  for (std::size_t c = 0; c < scales.size(); ++c) scales[c] = scaled(scales[c], factor[c]);
  const Shape count{static_cast<std::int64_t>(factor.size())};
  const Value old = graph[dequantize.outputs[0]];
  dequantize.axis = axis;
  dequantize.inputs[1] = add_floats(graph, old.name + "_scales", count, std::move(scales));
  if (dequantize.inputs.size() > 2 && dequantize.inputs[2] != kNoValue) {
    const Value zero = graph[dequantize.inputs[2]];
    Constant zeros = zero.constant.value();
    zeros.ints.resize(factor.size(), zeros.ints.at(0));
    dequantize.inputs[2] = add_constant(graph, zero.name + "_folded", zero.type, count, std::move(zeros));
  }
  const ValueId result = graph.add_value({old.name + "_folded", DType::f32, old.shape, {}});
  dequantize.name += "_folded";
  dequantize.outputs = {result};
  graph.nodes.insert(graph.nodes.begin() + static_cast<std::ptrdiff_t>(consumer), std::move(dequantize));
  return result;
}

/// Folds the batch norm at `index` into the linear node in front of it.
bool fold_into_linear(Graph& graph, std::size_t index, const Affine& affine) {
  const ValueId x = graph.nodes[index].inputs[0], y = graph.nodes[index].outputs[0];
  const std::int32_t source = graph.producer_of(x);
  if (source < 0 || !single_use(graph, x)) return false;
  std::size_t at = static_cast<std::size_t>(source);
  const Node linear = graph.nodes[at];
  const bool transposed = linear.op == Op::conv_transpose && linear.groups == 1;
  if ((linear.op != Op::conv && linear.op != Op::gemm && !transposed) ||
      !is_constant_or_dequantized(graph, linear.inputs[1])) {
    return false;
  }
  const bool has_bias = linear.inputs.size() > 2 && linear.inputs[2] != kNoValue;
  const std::optional<TensorData> old = has_bias ? constant_data(graph, linear.inputs[2]) : std::nullopt;
  const std::size_t count = affine.factor.size();
  if (has_bias && (!old || (old->data.size() != count && old->data.size() != 1))) return false;

  const std::int64_t axis = output_channel_axis(graph, linear);
  const std::size_t nodes = graph.nodes.size();
  const ValueId weights = is_constant(graph, linear.inputs[1])
                              ? scale_floats(graph, linear.inputs[1], axis, affine.factor)
                              : scale_dequantize(graph, at, axis, affine.factor);
  if (weights == kNoValue) return false;
  const std::size_t inserted = graph.nodes.size() - nodes;
  at += inserted;
  std::vector<float> bias(count);
  const double beta = linear.op == Op::gemm ? static_cast<double>(linear.beta) : 1.0;
  for (std::size_t c = 0; c < count; ++c) {
    const double own = old ? beta * static_cast<double>(old->data[old->data.size() == 1 ? 0 : c]) : 0.0;
    bias[c] = static_cast<float>(own * affine.factor[c] + affine.offset[c]);
  }
  const ValueId new_bias =
      add_floats(graph, linear.name + "_bias", {static_cast<std::int64_t>(count)}, std::move(bias));
  Node& folded = graph.nodes[at];
  folded.inputs.resize(3, kNoValue);
  folded.inputs[1] = weights;
  folded.inputs[2] = new_bias;
  folded.beta = 1;
  folded.outputs = {y};
  graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(index + inserted));
  return true;
}

void to_depthwise(Graph& graph, Node& node, const Affine& affine) {
  const Shape& shape = graph[node.inputs[0]].shape;
  const std::size_t spatial = shape.size() - 2;
  const std::int64_t channels = static_cast<std::int64_t>(affine.factor.size());
  Shape weight_shape(shape.size(), 1);
  weight_shape[0] = channels;
  const ValueId weights =
      add_floats(graph, node.name + "_factor", weight_shape, {affine.factor.begin(), affine.factor.end()});
  const ValueId bias =
      add_floats(graph, node.name + "_offset", {channels}, {affine.offset.begin(), affine.offset.end()});
  node.op = Op::conv;
  node.inputs = {node.inputs[0], weights, bias};
  node.kernel.assign(spatial, 1);
  node.strides.assign(spatial, 1);
  node.dilations.assign(spatial, 1);
  node.pads.assign(2 * spatial, 0);
  node.groups = channels;
}

}  // namespace

void fold_batch_norm(Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (graph.nodes[i].op != Op::batch_norm) continue;
    const std::optional<Affine> affine = affine_of(graph, graph.nodes[i]);
    if (!affine) continue;
    const std::size_t rank = graph[graph.nodes[i].inputs[0]].shape.size();
    if (fold_into_linear(graph, i, *affine)) {
      --i;
    } else if (rank == 3 || rank == 4) {
      to_depthwise(graph, graph.nodes[i], *affine);
    }
  }
}

}  // namespace bulwark::converter::passes
