// SPDX-License-Identifier: Apache-2.0
// The first thing that happens to a float input becomes its quantization: layout changes then move bytes, and
// the caller may hand in the integers themselves.
#include <algorithm>

#include "converter/passes/passes.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::passes {
namespace {

/// True when nothing but single-use data movement lies between an input of the graph and the value.
bool comes_from_input(const Graph& graph, ValueId id) {
  while (std::find(graph.inputs.begin(), graph.inputs.end(), id) == graph.inputs.end()) {
    const Node* node = producer(graph, id);
    if (!node || !moves_only(node->op) || !single_use(graph, id)) return false;
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

}  // namespace bulwark::converter::passes
