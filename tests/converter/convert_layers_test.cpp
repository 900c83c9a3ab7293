// SPDX-License-Identifier: Apache-2.0
// Layer by layer: every quantized result of the runtime against the float definition applied to the runtime's
// own results before it.
#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "converter/convert.h"
#include "converter/io/npy.h"
#include "tests/converter/convert_graphs.h"
#include "tests/converter/convert_runner.h"

using namespace bulwark;
using namespace bulwark::converter;

namespace {

/// The quantize node behind an integer value, through clips between quantize and dequantize.
const Node* quantizer_of(const Graph& graph, ValueId id) {
  for (std::int32_t at = graph.producer_of(id); at >= 0;) {
    const Node& node = graph.nodes[static_cast<std::size_t>(at)];
    if (node.op == Op::quantize) return &node;
    if (node.op != Op::clip) return nullptr;
    at = graph.producer_of(node.inputs[0]);
  }
  return nullptr;
}

struct LayerWalk {
  const Graph& graph;
  const test::Runner& runner;
  std::map<ValueId, TensorData> values;
  float worst = 0;
  int compared = 0;

  void start(const std::vector<TensorData>& inputs) {
    for (std::size_t i = 0; i < inputs.size(); ++i) values[graph.inputs[i]] = inputs[i];
    for (std::size_t i = 0; i < graph.values.size(); ++i) {
      const Value& value = graph.values[i];
      if (!value.constant) continue;
      TensorData tensor{value.shape, value.constant->floats};
      for (const std::int64_t v : value.constant->ints) tensor.data.push_back(static_cast<float>(v));
      values[static_cast<ValueId>(i)] = std::move(tensor);
    }
  }

  /// Compares one integer value with the tensor of its name, then goes on from the tensor.
  void adopt(ValueId id) {
    const Node* quantize = quantizer_of(graph, id);
    const auto steps = runner.steps(graph[id].name);
    if (!quantize || !steps) return;
    const bool has_zero = quantize->inputs.size() > 2 && quantize->inputs[2] != kNoValue;
    const float zero = has_zero ? values.at(quantize->inputs[2]).data[0] : 0.0f;
    TensorData& own = values.at(id);
    REQUIRE(own.data.size() == steps->size());
    for (std::size_t k = 0; k < own.data.size(); ++k) {
      worst = std::max(worst, std::abs(own.data[k] - zero - (*steps)[k]));
      own.data[k] = (*steps)[k] + zero;
    }
    ++compared;
  }

  void run() {
    for (const Node& node : graph.nodes) {
      std::vector<const TensorData*> arguments;
      for (const ValueId id : node.inputs) arguments.push_back(id == kNoValue ? nullptr : &values.at(id));
      values[node.outputs[0]] = evaluate_node(graph, node, arguments)[0];
      if (graph[node.outputs[0]].type != DType::f32) adopt(node.outputs[0]);
    }
  }
};

}  // namespace

TEST_CASE("Every layer of the shared models is at most one level from its float definition") {
  const auto [name, layers] = GENERATE(table<std::string, int>({{"onnx/micro_kws_m_static_qdq", 13},
                                                                {"onnx/micro_kws_m_static_qoperator", 13},
                                                                {"defensive/interval4_small", 4},
                                                                {"defensive/v8", 7},
                                                                {"defensive/atmixdq4", 7},
                                                                {"perf/mnv2_int8", 64}}));
  const std::string path = test::shared_model(name + ".onnx");
  if (path.empty()) return;
  test::GraphMaker maker;
  maker.graph = import_source(path);
  passes::optimize(maker.graph);
  test::Runner runner(passes::lower(maker.graph));
  const std::vector<TensorData> inputs = maker.sample(0, 1);
  runner.run(inputs);
  LayerWalk walk{maker.graph, runner, {}};
  walk.start(inputs);
  walk.run();
  INFO(name);
  CHECK(walk.worst <= 1);
  CHECK(walk.compared >= layers);
}
