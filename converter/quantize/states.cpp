// SPDX-License-Identifier: Apache-2.0
#include "converter/quantize/states.h"

#include <algorithm>

#include "converter/graph/stream.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::quantize {
namespace {

void quantize_state(Graph& graph, std::size_t k) {
  const ValueId input = graph.inputs[graph.own_inputs() + k];
  const ValueId output = graph.outputs[graph.own_outputs() + k];
  if (!passes::single_use(graph, input)) return;
  const Node reader = graph.nodes[static_cast<std::size_t>(graph.consumers_of(input)[0])];
  const ValueId levels = reader.outputs[0];
  if (reader.op != Op::quantize || graph[levels].type != DType::u8) return;
  const std::string name = graph[input].name;
  graph[input].name += "_real";
  if (std::optional<Constant>& initial = graph.states[k].initial) {
    Constant first;
    for (const float x : initial->floats) first.ints.push_back(passes::quantized_level(graph, reader, x));
    initial = std::move(first);
  }
  Value state = graph[levels];
  state.name = name;
  state.scale = graph[reader.inputs[1]].constant->floats[0];
  state.zero_point = static_cast<std::int32_t>(graph[reader.inputs[2]].constant->ints[0]);
  graph[levels] = state;
  graph.inputs[graph.own_inputs() + k] = levels;
  std::erase_if(graph.nodes, [&](const Node& node) { return node.outputs[0] == levels; });
  Node writer = reader;
  writer.name = name + "_next_quantize";
  writer.inputs[0] = output;
  state.name = name + "_next_levels";
  writer.outputs[0] = graph.add_value(std::move(state));
  graph.outputs[graph.own_outputs() + k] = writer.outputs[0];
  graph.nodes.push_back(std::move(writer));
}

}  // namespace

Samples with_states(const Graph& graph, const Samples& samples) {
  Stream stream(graph);
  auto states = std::make_shared<std::vector<std::vector<TensorData>>>();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    states->push_back(stream.states());
    stream.run(samples[i]);
  }
  return {samples.size(), [samples, states](std::size_t i) {
            Samples::Sample sample = samples[i];
            sample.insert(sample.end(), (*states)[i].begin(), (*states)[i].end());
            return sample;
          }};
}

void quantize_states(Graph& graph) {
  for (std::size_t k = 0; k < graph.states.size(); ++k) quantize_state(graph, k);
}

}  // namespace bulwark::converter::quantize
