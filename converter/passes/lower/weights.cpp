// SPDX-License-Identifier: Apache-2.0
#include "converter/passes/lower/weights.h"

#include <numeric>

#include "converter/passes/rewrite.h"

namespace bulwark::converter::passes::lowering {
namespace {

/// Source index of every weight, in rows of output channels.
std::vector<std::int64_t> row_indices(const Graph& graph, const Node& node) {
  const Shape& shape = graph[node.inputs[1]].shape;
  if (node.op == Op::conv) {
    std::vector<std::int64_t> perm{0};  // M, spatial.., C
    for (std::size_t i = 2; i < shape.size(); ++i) perm.push_back(static_cast<std::int64_t>(i));
    perm.push_back(1);
    return transpose_indices(shape, perm);
  }
  if (output_channel_axis(graph, node) == 0) {
    std::vector<std::int64_t> same(static_cast<std::size_t>(element_count(shape)));
    std::iota(same.begin(), same.end(), std::int64_t{0});
    return same;
  }
  std::vector<std::int64_t> perm(shape.size());  // the last two axes swapped; batches stay
  std::iota(perm.begin(), perm.end(), std::int64_t{0});
  std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  return transpose_indices(shape, perm);
}

std::int64_t row_count(const Graph& graph, const Node& node) {
  const Shape& shape = graph[node.inputs[1]].shape;
  const std::int64_t channels = shape[static_cast<std::size_t>(output_channel_axis(graph, node))];
  return shape.size() > 2 && node.op == Op::matmul ? element_count(shape) / shape[shape.size() - 2]
                                                   : channels;
}

double factor_of(const Node& node) { return node.op == Op::gemm ? static_cast<double>(node.alpha) : 1.0; }

}  // namespace

std::optional<IntegerWeights> integer_weights(const Graph& graph, const Node& node) {
  const Node* dequantize = producer(graph, node.inputs[1]);
  if (!dequantize || dequantize->op != Op::dequantize || !is_constant(graph, dequantize->inputs[0]))
    return {};
  const std::vector<float>& scales = graph[dequantize->inputs[1]].constant->floats;
  const bool per_channel = scales.size() > 1;
  if (per_channel && dequantize->axis != output_channel_axis(graph, node)) return {};
  std::vector<std::int64_t> zeros{0};
  if (dequantize->inputs.size() > 2 && dequantize->inputs[2] != kNoValue) {
    zeros = graph[dequantize->inputs[2]].constant->ints;
  }
  const std::vector<std::int64_t>& levels = graph[dequantize->inputs[0]].constant->ints;
  const std::vector<std::int64_t> indices = row_indices(graph, node);
  IntegerWeights weights;
  weights.rows = static_cast<std::int32_t>(row_count(graph, node));
  weights.row_elements = static_cast<std::int32_t>(static_cast<std::int64_t>(indices.size()) / weights.rows);
  const std::size_t length = static_cast<std::size_t>(weights.row_elements);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const std::size_t channel = i / length;
    const std::int64_t zero = zeros[zeros.size() == 1 ? 0 : channel % zeros.size()];
    const std::int64_t w = levels[static_cast<std::size_t>(indices[i])] - zero;
    if (w < -255 || w > 255) return {};
    weights.values.push_back(static_cast<std::int32_t>(w));
  }
  for (std::size_t r = 0; r < static_cast<std::size_t>(weights.rows); ++r) {
    const float scale = scales[per_channel ? r % scales.size() : 0];
    weights.scales.push_back(static_cast<double>(scale) * factor_of(node));
  }
  return weights;
}

std::optional<FloatWeights> float_weights(const Graph& graph, const Node& node) {
  const std::optional<TensorData> data = constant_data(graph, node.inputs[1]);
  if (!data) return {};
  FloatWeights weights;
  const std::vector<std::int64_t> indices = row_indices(graph, node);
  weights.rows = static_cast<std::int32_t>(row_count(graph, node));
  weights.row_elements = static_cast<std::int32_t>(static_cast<std::int64_t>(indices.size()) / weights.rows);
  for (const std::int64_t i : indices) {
    weights.values.push_back(
        static_cast<float>(static_cast<double>(data->data[static_cast<std::size_t>(i)]) * factor_of(node)));
  }
  return weights;
}

std::optional<LinearBias> linear_bias(const Graph& graph, const Node& node, std::int32_t rows) {
  const std::size_t count = static_cast<std::size_t>(rows);
  LinearBias bias;
  bias.real.assign(count, 0.0);
  if (node.inputs.size() < 3 || node.inputs[2] == kNoValue) return bias;
  const ValueId id = node.inputs[2];
  const Shape& shape = graph[id].shape;
  const std::int64_t size = element_count(shape);
  // gemm broadcasts its third operand; a matrix of several rows is not a bias.
  if (size != 1 && (size != rows || shape.back() != rows)) return {};
  const double beta = node.op == Op::gemm ? static_cast<double>(node.beta) : 1.0;
  const auto index = [&](std::size_t c) { return size == 1 ? 0 : c; };
  if (is_constant(graph, id)) {
    const std::vector<float>& values = graph[id].constant->floats;
    if (values.empty()) return {};
    for (std::size_t c = 0; c < count; ++c) bias.real[c] = beta * static_cast<double>(values[index(c)]);
    return bias;
  }
  const Node* dequantize = producer(graph, id);
  if (!dequantize || dequantize->op != Op::dequantize || !is_constant(graph, dequantize->inputs[0]))
    return {};
  const std::vector<float>& scales = graph[dequantize->inputs[1]].constant->floats;
  const std::vector<std::int64_t>& levels = graph[dequantize->inputs[0]].constant->ints;
  std::vector<std::int64_t> zeros{0};
  if (dequantize->inputs.size() > 2 && dequantize->inputs[2] != kNoValue) {
    zeros = graph[dequantize->inputs[2]].constant->ints;
  }
  for (std::size_t c = 0; c < count; ++c) {
    bias.integers.push_back(levels[index(c)] - zeros[zeros.size() == 1 ? 0 : c]);
    bias.scales.push_back(beta * static_cast<double>(scales[scales.size() == 1 ? 0 : c]));
    bias.real[c] = static_cast<double>(bias.integers[c]) * bias.scales[c];
  }
  return bias;
}

}  // namespace bulwark::converter::passes::lowering
