// SPDX-License-Identifier: Apache-2.0
// matmul with a constant right operand becomes gemm (rows first flattened to two axes), and a constant added
// per channel right after a conv or gemm becomes its bias.
#include <algorithm>

#include "converter/passes/passes.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::passes {
namespace {

Node reshape_node(const Node& like, const std::string& suffix, ValueId from, ValueId to) {
  Node node;
  node.op = Op::reshape;
  node.name = like.name + suffix;
  node.source_type = like.source_type;
  node.inputs = {from};
  node.outputs = {to};
  return node;
}

/// x [.., M, K] * w [K, N] as gemm on [rows, K], with reshapes around it where x has more than two axes.
void to_gemm(Graph& graph, std::size_t index) {
  Node gemm = graph.nodes[index];
  gemm.op = Op::gemm;
  const Shape in = graph[gemm.inputs[0]].shape;
  const Shape out = graph[gemm.outputs[0]].shape;
  if (in.size() == 2) {
    graph.nodes[index] = std::move(gemm);
    return;
  }
  const std::int64_t rows = element_count(in) / in.back();
  const std::string name = graph[gemm.outputs[0]].name;
  const ValueId flat = graph.add_value({name + "_rows_in", DType::f32, {rows, in.back()}, {}});
  const ValueId result = graph.add_value({name + "_rows", DType::f32, {rows, out.back()}, {}});
  const Node before = reshape_node(gemm, "_rows_in", gemm.inputs[0], flat);
  const Node after = reshape_node(gemm, "_rows_out", result, gemm.outputs[0]);
  gemm.inputs[0] = flat;
  gemm.outputs = {result};
  graph.nodes[index] = after;
  const auto at = graph.nodes.begin() + static_cast<std::ptrdiff_t>(index);
  graph.nodes.insert(at, {before, gemm});
}

/// True when a constant of this shape, broadcast to `out`, varies along `axis` alone.
bool per_channel(const Shape& shape, const Shape& out, std::size_t axis) {
  if (shape.size() > out.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::size_t at = out.size() - shape.size() + i;
    if (shape[i] != 1 && (at != axis || shape[i] != out[at])) return false;
  }
  return true;
}

std::vector<float> broadcast(const std::vector<float>& values, std::size_t count) {
  return values.size() == count ? values : std::vector<float>(count, values.at(0));
}

/// The linear node in front of an add, when the add's other operand can be its bias.
bool fuse_bias(Graph& graph, std::size_t index) {
  const Node& add = graph.nodes[index];
  if (add.op != Op::add) return false;
  const std::size_t side = is_constant_or_dequantized(graph, add.inputs[1]) ? 0 : 1;
  const std::int32_t at = graph.producer_of(add.inputs[side]);
  if (at < 0 || !single_use(graph, add.inputs[side])) return false;
  Node& linear = graph.nodes[static_cast<std::size_t>(at)];
  if (linear.op != Op::conv && linear.op != Op::gemm) return false;
  const Shape& out = graph[add.outputs[0]].shape;
  if (out != graph[linear.outputs[0]].shape) return false;
  const std::size_t axis = linear.op == Op::gemm || linear.channels_last ? out.size() - 1 : 1;
  const std::optional<TensorData> offset = constant_data(graph, add.inputs[1 - side]);
  if (!offset || !per_channel(offset->shape, out, axis)) return false;

  const std::size_t count = static_cast<std::size_t>(out[axis]);
  std::vector<float> bias = broadcast(offset->data, count);
  if (linear.inputs.size() > 2 && linear.inputs[2] != kNoValue) {
    const std::optional<TensorData> own = constant_data(graph, linear.inputs[2]);
    if (!own || (own->data.size() != count && own->data.size() != 1)) return false;
    const std::vector<float> old = broadcast(own->data, count);
    const float beta = linear.op == Op::gemm ? linear.beta : 1.0f;
    for (std::size_t c = 0; c < count; ++c) bias[c] += beta * old[c];
  }
  linear.beta = 1;
  linear.inputs.resize(3, kNoValue);
  linear.inputs[2] = add_floats(graph, linear.name + "_bias", {out[axis]}, std::move(bias));
  linear.outputs = add.outputs;
  graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(index));
  return true;
}

bool is_weight_product(const Graph& graph, const Node& node) {
  return node.op == Op::matmul && graph[node.inputs[0]].shape.size() >= 2 &&
         graph[node.inputs[1]].shape.size() == 2 && is_constant_or_dequantized(graph, node.inputs[1]);
}

/// gemm -> reshape that splits the rows -> add of a constant: the add moves in front of the reshape.
bool move_add_before_reshape(Graph& graph, std::size_t index) {
  const Node add = graph.nodes[index];
  if (add.op != Op::add) return false;
  const std::size_t side = is_constant_or_dequantized(graph, add.inputs[1]) ? 0 : 1;
  const ValueId operand = add.inputs[1 - side];
  const std::int32_t at = graph.producer_of(add.inputs[side]);
  if (at < 0 || !is_constant_or_dequantized(graph, operand) || !single_use(graph, add.inputs[side]))
    return false;
  const Node reshape = graph.nodes[static_cast<std::size_t>(at)];
  const Node* gemm = producer(graph, reshape.inputs[0]);
  const Shape rows = graph[reshape.inputs[0]].shape, out = graph[add.outputs[0]].shape;
  if (reshape.op != Op::reshape || !gemm || gemm->op != Op::gemm || out.back() != rows.back()) return false;
  if (!single_use(graph, reshape.inputs[0]) || out != graph[reshape.outputs[0]].shape) return false;
  const Shape shape = graph[operand].shape;
  if (shape.size() > 2 || !per_channel(shape, out, out.size() - 1)) return false;
  Node early = add, late = reshape;
  const ValueId sum = graph.add_value({graph[add.outputs[0]].name + "_rows", DType::f32, rows, {}});
  early.inputs[side] = reshape.inputs[0];
  early.outputs = {sum};
  late.inputs[0] = sum;
  late.outputs = add.outputs;
  graph.nodes[index] = std::move(late);
  graph.nodes.erase(graph.nodes.begin() + at);
  graph.nodes.insert(graph.nodes.begin() + static_cast<std::ptrdiff_t>(index) - 1, std::move(early));
  return true;
}

}  // namespace

void fuse_matmul_bias(Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (is_weight_product(graph, graph.nodes[i])) to_gemm(graph, i);
  }
  for (std::size_t i = 0; i < graph.nodes.size();) {
    if (move_add_before_reshape(graph, i)) {
      --i;  // the add now stands one place earlier
    } else if (!fuse_bias(graph, i)) {
      ++i;
    }
  }
}

}  // namespace bulwark::converter::passes
