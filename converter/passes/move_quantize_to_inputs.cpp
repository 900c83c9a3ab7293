// SPDX-License-Identifier: Apache-2.0
// The first thing that happens to a float input becomes its quantization: layout changes then move bytes, and
// the caller may hand in the integers themselves. Likewise the quantization of a linear layer's result goes
// in front of the movement that follows the layer, so that the layer writes integers.
#include <algorithm>

#include "converter/passes/passes.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::passes {
namespace {

/// True when nothing but single-use data movement lies between an input of the graph and the value.
bool comes_from_input(const Graph& graph, ValueId id) {
  while (std::find(graph.inputs.begin(), graph.inputs.end(), id) == graph.inputs.end()) {
    const Node* node = producer(graph, id);
    if (!node || !selects_only(node->op) || !single_use(graph, id)) return false;
    id = node->inputs[0];
  }
  return true;
}

/// movement -> quantize becomes quantize -> movement.
void swap(Graph& graph, std::size_t movement, std::size_t quantize) {
  Node moved = graph.nodes[movement], quantized = graph.nodes[quantize];
  const Value& result = graph[quantized.outputs[0]];
  const ValueId between =
      graph.add_value({result.name + "_source", result.type, graph[moved.inputs[0]].shape, {}});
  moved.outputs = quantized.outputs;
  quantized.inputs[0] = moved.inputs[0];
  quantized.outputs = {between};
  moved.inputs[0] = between;
  graph.nodes[movement] = std::move(quantized);
  graph.nodes[quantize] = std::move(moved);
}

/// True when nothing but single-use data movement and activations lie between a linear layer and the value.
bool comes_from_layer(const Graph& graph, ValueId id) {
  const Node* node = producer(graph, id);
  const auto passes_on = [](Op op) { return selects_only(op) || op == Op::relu || op == Op::clip; };
  while (node && passes_on(node->op) && single_use(graph, id)) {
    id = node->inputs[0];
    node = producer(graph, id);
  }
  return node && single_use(graph, id) &&
         (node->op == Op::conv || node->op == Op::gemm || node->op == Op::matmul);
}

/// relu, clip and quantize of a moved result: the same of the result, moved.
bool step_to_layer(Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const bool quantizes = node.op == Op::quantize && per_tensor(graph, node);
    if (!quantizes && node.op != Op::relu && node.op != Op::clip) continue;
    const std::int32_t source = graph.producer_of(node.inputs[0]);
    if (source < 0 || !selects_only(graph.nodes[static_cast<std::size_t>(source)].op)) continue;
    if (!comes_from_layer(graph, node.inputs[0])) continue;
    swap(graph, static_cast<std::size_t>(source), i);
    return true;
  }
  return false;
}

bool step(Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.op != Op::quantize || !per_tensor(graph, node)) continue;
    const std::int32_t source = graph.producer_of(node.inputs[0]);
    if (source < 0 || !comes_from_input(graph, node.inputs[0])) continue;
    swap(graph, static_cast<std::size_t>(source), i);
    return true;
  }
  return false;
}

}  // namespace

void move_quantize_to_inputs(Graph& graph) {
  while (step(graph)) {
  }
}

void move_quantize_to_layers(Graph& graph) {
  while (step_to_layer(graph)) {
  }
}

}  // namespace bulwark::converter::passes
