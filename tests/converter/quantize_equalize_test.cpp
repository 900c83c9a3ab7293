// SPDX-License-Identifier: Apache-2.0
// Cross-layer equalization leaves the network's function alone and the channels with equal ranges.
#include "converter/quantize/equalize.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "converter/passes/passes.h"
#include "converter/quantize/quantize.h"
#include "tests/converter/convert_graphs.h"
#include "tests/converter/convert_runner.h"

using namespace bulwark::converter;
using bulwark::test::count;
using bulwark::test::GraphMaker;
using bulwark::test::Runner;

namespace {

/// Weights whose output channels differ by powers of 4.
ValueId uneven(GraphMaker& m, const Shape& shape) {
  const ValueId id = m.random(shape, 0.5f);
  std::vector<float>& w = m.graph[id].constant->floats;
  const std::size_t row = w.size() / static_cast<std::size_t>(shape[0]);
  for (std::size_t i = 0; i < w.size(); ++i) w[i] *= std::pow(4.0f, static_cast<float>(i / row % 4) - 2);
  return id;
}

/// conv -> ReLU6 -> depthwise -> ReLU6 -> conv 1x1 -> ReLU -> average pool -> gemm.
GraphMaker network() {
  GraphMaker m;
  const ValueId x = m.input({1, 3, 8, 8});
  Node six;
  six.clip_lo = 0;
  six.clip_hi = 6;
  const auto bounded = [&](ValueId v) { return m.add(Op::clip, {v}, m.shape(v), six); };
  ValueId v = bounded(m.conv(x, uneven(m, {8, 3, 3, 3}), m.random({8}, 2.0f), 1, 1));
  v = bounded(m.conv(v, uneven(m, {8, 1, 3, 3}), m.random({8}, 2.0f), 1, 1, 8));
  v = m.conv(v, uneven(m, {6, 8, 1, 1}), m.random({6}, 0.3f));
  v = m.add(Op::relu, {v}, m.shape(v));
  v = m.add(Op::global_average_pool, {v}, {1, 6, 1, 1});
  v = m.add(Op::reshape, {v}, {1, 6});
  m.output(m.add(Op::gemm, {v, m.random({6, 4}), m.random({4})}, {1, 4}));
  passes::optimize(m.graph);
  return m;
}

double relative_error(GraphMaker m, const quantize::QuantizeOptions& options) {
  const Graph source = m.graph;
  std::vector<std::vector<TensorData>> data;
  for (int i = 0; i < 12; ++i) data.push_back(m.sample());
  quantize::quantize_graph(m.graph, data, options);
  passes::optimize(m.graph);
  passes::LowerReport report;
  Runner runner(passes::lower(m.graph, &report));
  CHECK(report.float_operators.empty());
  double error = 0, size = 0;
  for (const auto& inputs : data) {
    const auto expected = evaluate(source, inputs)[0].data, got = runner.run(inputs)[0].data;
    for (std::size_t k = 0; k < got.size(); ++k) {
      error += std::pow(static_cast<double>(got[k]) - static_cast<double>(expected[k]), 2);
      size += std::pow(static_cast<double>(expected[k]), 2);
    }
  }
  return error / size;
}

}  // namespace

TEST_CASE("Equalization keeps the function, through ReLU6, depthwise layers and pools") {
  GraphMaker m = network();
  const Graph source = m.graph;
  const std::vector<std::string> pairs = quantize::equalize(m.graph);
  CHECK(pairs.size() == 2);  // the last convolution and the gemm have a reshape between them
  CHECK(count(m.graph, Op::minimum) == 2);
  for (int i = 0; i < 4; ++i) {
    const auto sample = m.sample(-3, 3);
    const auto expected = evaluate(source, sample)[0].data, got = evaluate(m.graph, sample)[0].data;
    for (std::size_t k = 0; k < got.size(); ++k)
      CHECK(got[k] == Approx(expected[k]).epsilon(1e-4).margin(1e-4));
  }
}

TEST_CASE("Equalized channels have the same range on both sides") {
  GraphMaker m = network();
  quantize::equalize(m.graph);
  std::vector<const Node*> convs;
  for (const Node& node : m.graph.nodes) {
    if (node.op == Op::conv) convs.push_back(&node);
  }
  REQUIRE(convs.size() == 3);
  const auto& depthwise = m.graph[convs[1]->inputs[1]].constant->floats;
  const auto& pointwise = m.graph[convs[2]->inputs[1]].constant->floats;
  for (std::size_t c = 0; c < 8; ++c) {
    float before = 0, after = 0;
    for (std::size_t t = 0; t < 9; ++t) before = std::max(before, std::abs(depthwise[c * 9 + t]));
    for (std::size_t r = 0; r < 6; ++r) after = std::max(after, std::abs(pointwise[r * 8 + c]));
    CHECK(before == Approx(after).epsilon(0.01));
  }
}

TEST_CASE("An equalized network runs on integers, its bounds as clamps of each channel") {
  quantize::QuantizeOptions options;
  options.equalize = true;
  CHECK(relative_error(network(), options) < 2e-3);
}

TEST_CASE("With one scale per layer equalization brings uneven channels back") {
  // An even network whose first layer is made uneven, which the second one takes back.
  GraphMaker m;
  const ValueId x = m.input({1, 3, 8, 8}), first = m.random({8, 3, 3, 3}, 0.5f),
                second = m.random({4, 8, 1, 1}, 0.5f);
  for (std::size_t c = 0; c < 8; ++c) {
    const float factor = std::pow(2.0f, static_cast<float>(c));
    for (std::size_t t = 0; t < 27; ++t) m.graph[first].constant->floats[c * 27 + t] *= factor;
    for (std::size_t r = 0; r < 4; ++r) m.graph[second].constant->floats[r * 8 + c] /= factor;
  }
  ValueId v = m.conv(x, first, m.random({8}, 0.0f), 1, 1);
  v = m.add(Op::relu, {v}, m.shape(v));
  v = m.conv(v, second, m.random({4}, 0.1f));
  m.output(v);
  passes::optimize(m.graph);

  quantize::QuantizeOptions options;
  options.per_tensor_weights = true;
  const double without = relative_error(m, options);
  options.equalize = true;
  CHECK(relative_error(m, options) < 0.1 * without);
}
