// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "converter/passes/passes.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::passes {
namespace {

constexpr std::int64_t kExactInFloat = std::int64_t{1} << 24;  // integers the float twin holds exactly

bool held_exactly(const Graph& graph, ValueId id) {
  if (!is_constant(graph, id)) return true;
  const std::vector<std::int64_t>& ints = graph[id].constant->ints;
  return std::all_of(ints.begin(), ints.end(),
                     [](std::int64_t v) { return v >= -kExactInFloat && v <= kExactInFloat; });
}

/// reshape or transpose of a constant of any type, without arithmetic.
Constant moved(const Node& node, const Value& x) {
  return node.op == Op::transpose ? gather(*x.constant, transpose_indices(x.shape, node.perm)) : *x.constant;
}

/// transpose(dequantize(constant)) becomes dequantize(transposed constant), so that weights stay integers. A
/// scale per axis follows its axis; a reshape is followed only when there is one scale, or when the axis
/// keeps its place.
bool move_under_dequantize(Graph& graph, Node& node) {
  const Node* source = producer(graph, node.inputs[0]);
  if (!source || source->op != Op::dequantize || !is_constant(graph, source->inputs[0])) return false;
  Node dequantize = *source;
  const Value stored = graph[dequantize.inputs[0]];
  const Shape shape = graph[node.outputs[0]].shape;
  if (!per_tensor(graph, dequantize)) {
    const std::size_t axis = static_cast<std::size_t>(dequantize.axis);
    if (node.op == Op::transpose) {
      dequantize.axis = inverse(node.perm)[axis];
    } else if (axis != 0 || shape.empty() || shape[0] != stored.shape.at(0)) {
      return false;
    }
  }
  dequantize.inputs[0] = add_constant(graph, stored.name + "_moved", stored.type, shape, moved(node, stored));
  dequantize.outputs = node.outputs;
  dequantize.name = node.name;
  node = std::move(dequantize);
  return true;
}

bool foldable(const Graph& graph, const Node& node) {
  if (node.op == Op::dequantize || node.inputs.empty()) return false;
  return std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) {
    return id == kNoValue || (is_constant_or_dequantized(graph, id) && held_exactly(graph, id));
  });
}

void fold(Graph& graph, const Node& node) {
  std::vector<TensorData> tensors(node.inputs.size());
  std::vector<const TensorData*> arguments(node.inputs.size(), nullptr);
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i] == kNoValue) continue;
    tensors[i] = *constant_data(graph, node.inputs[i]);
    arguments[i] = &tensors[i];
  }
  TensorData result = std::move(evaluate_node(graph, node, arguments)[0]);
  Value& y = graph[node.outputs[0]];
  Constant constant;
  if (y.type == DType::f32) {
    constant.floats = std::move(result.data);
  } else {
    for (const float v : result.data) constant.ints.push_back(std::llround(v));
  }
  y.constant = std::move(constant);
}

}  // namespace

void fold_constants(Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size();) {
    Node node = graph.nodes[i];
    const bool movement = moves_only(node.op);
    bool gone = false;
    if (movement && is_constant(graph, node.inputs[0])) {
      Constant constant = moved(node, graph[node.inputs[0]]);
      graph[node.outputs[0]].constant = std::move(constant);
      gone = true;
    } else if (movement) {
      if (move_under_dequantize(graph, node)) graph.nodes[i] = std::move(node);
    } else if (foldable(graph, node)) {
      fold(graph, node);
      gone = true;
    }
    if (gone) {
      graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
}

}  // namespace bulwark::converter::passes
