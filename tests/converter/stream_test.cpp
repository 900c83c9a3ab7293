// SPDX-License-Identifier: Apache-2.0
// Graphs with states: the float twin run after run, lowered, and quantized after training.
#include "converter/graph/stream.h"

#include <catch2/catch.hpp>

#include "converter/passes/passes.h"
#include "converter/quantize/quantize.h"
#include "tests/converter/convert_graphs.h"
#include "tests/converter/convert_runner.h"

using namespace bulwark::converter;
using bulwark::test::GraphMaker;
using bulwark::test::largest_distance;
using bulwark::test::Runner;

namespace {

/// Output: the product of the last four inputs (three of them kept) and constant weights.
GraphMaker last_four(std::optional<Constant> initial) {
  GraphMaker m;
  const ValueId x = m.input({1, 1, 5}), state = m.input({1, 3, 5});
  Node concat;
  concat.axis = 1;
  const ValueId all = m.add(Op::concat, {state, x}, {1, 4, 5}, concat);
  Node slice;
  slice.starts = {0, 1, 0};
  slice.steps = {1, 1, 1};
  const ValueId next = m.add(Op::slice, {all}, {1, 3, 5}, slice);
  const ValueId rows = m.add(Op::reshape, {all}, {1, 20});
  m.output(m.add(Op::matmul, {rows, m.random({20, 6}, 0.3f)}, {1, 6}));
  m.output(next);
  m.graph.states.push_back({std::move(initial)});
  return m;
}

std::vector<std::vector<TensorData>> sequence(std::size_t steps) {
  GraphMaker m;
  m.input({1, 1, 5});
  std::vector<std::vector<TensorData>> inputs;
  for (std::size_t i = 0; i < steps; ++i) inputs.push_back(m.sample());
  return inputs;
}

Constant ramp(std::size_t count) {
  Constant constant;
  for (std::size_t i = 0; i < count; ++i) constant.floats.push_back(0.05f * static_cast<float>(i) - 0.3f);
  return constant;
}

}  // namespace

TEST_CASE(
    "Streams: a state holds what was written in the run before, and a reset brings back the first one") {
  const GraphMaker m = last_four(ramp(15));
  Stream stream(m.graph);
  const auto inputs = sequence(3);
  CHECK(stream.states().at(0).data == ramp(15).floats);
  const std::vector<TensorData> first = stream.run(inputs[0]);
  REQUIRE(first.size() == 1);
  const std::vector<float>& kept = stream.states().at(0).data;
  const std::vector<float> initial = ramp(15).floats;
  CHECK(std::equal(kept.begin(), kept.begin() + 10, initial.begin() + 5));
  CHECK(std::vector<float>(kept.begin() + 10, kept.end()) == inputs[0].at(0).data);
  CHECK(stream.run(inputs[0]).at(0).data != first[0].data);
  stream.reset();
  CHECK(stream.run(inputs[0]).at(0).data == first[0].data);
}

TEST_CASE("Streams: a float graph with a state is calibrated on a sequence; its state becomes 8-bit levels") {
  const bool stored = GENERATE(false, true);
  GraphMaker m = last_four(stored ? std::optional<Constant>(ramp(15)) : std::nullopt);
  const Graph source = m.graph;
  const auto inputs = sequence(24);
  passes::optimize(m.graph);
  quantize::quantize_graph(m.graph, inputs, {});
  passes::optimize(m.graph);
  const write::ModelSpec spec = passes::lower(m.graph);
  REQUIRE(spec.states.size() == 1);
  const auto type_of = [&](std::int32_t tensor) {
    return spec.tensors[static_cast<std::size_t>(tensor)].type;
  };
  CHECK(type_of(spec.states[0].tensor) == write::ElementType::s8);
  CHECK(type_of(spec.states[0].next) == write::ElementType::s8);
  CHECK(spec.states[0].initial.size() == (stored ? 15u : 0u));
  CHECK(spec.inputs.size() == 1);
  CHECK(spec.outputs.size() == 1);
  Runner runner(spec);
  CHECK(runner.bit_exact());
  Stream twin(source);
  float largest = 0;
  for (const auto& input : inputs)
    largest = std::max(largest, largest_distance(twin.run(input), runner.run(input)));
  CHECK(largest < 0.05f);
  CHECK(largest > 0);
}

TEST_CASE("Streams: an output that is also a next value, and a state that takes the input") {
  GraphMaker m;
  const ValueId x = m.input({1, 4}, DType::s8), before = m.input({1, 4}, DType::s8);
  const ValueId real = m.dequantize(before, 0.1f, 2);
  const ValueId sum = m.add(Op::add, {m.dequantize(x, 0.1f, 2), real}, {1, 4});
  const ValueId y = m.quantize(sum, 0.2f, 0, DType::s8);
  m.output(y);
  m.output(x);
  m.graph.states.push_back({});
  m.graph[before].scale = 0.1f;
  m.graph[before].zero_point = 2;
  Stream twin(m.graph);
  Graph graph = m.graph;
  passes::optimize(graph);
  Runner runner(passes::lower(graph));
  GraphMaker maker;
  maker.input({1, 4}, DType::s8);
  for (int i = 0; i < 4; ++i) {
    const auto input = maker.sample();
    CHECK(largest_distance(twin.run(input), runner.run(input)) <= 1);
  }
}
