// SPDX-License-Identifier: Apache-2.0
// Post-training quantization: where quantizers go, which levels they take, and how close the result is.
#include "converter/quantize/quantize.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "converter/error.h"
#include "converter/passes/passes.h"
#include "converter/quantize/ranges.h"
#include "tests/converter/convert_graphs.h"
#include "tests/converter/convert_runner.h"

using namespace bulwark::converter;
using bulwark::test::count;
using bulwark::test::GraphMaker;
using bulwark::test::Runner;

namespace {

/// conv -> relu -> [max pool -> conv -> relu, conv] -> concat -> average pool -> gemm: [1, 10].
GraphMaker network() {
  GraphMaker m;
  const ValueId x = m.input({1, 2, 8, 8});
  const auto conv = [&](ValueId v, std::int64_t channels) {
    const ValueId y =
        m.conv(v, m.random({channels, m.shape(v)[1], 3, 3}, 0.4f), m.random({channels}, 0.2f), 1, 1);
    return m.add(Op::relu, {y}, m.shape(y));
  };
  const ValueId a = m.pool(Op::max_pool, conv(x, 6), 2, 2);
  const ValueId b = conv(a, 6), c = conv(a, 4);
  const ValueId sum = m.add(Op::add, {a, b}, m.shape(b));
  Node concat;
  concat.axis = 1;
  const ValueId both = m.add(Op::concat, {sum, c}, {1, 10, 4, 4}, concat);
  const ValueId pooled = m.add(Op::global_average_pool, {both}, {1, 10, 1, 1});
  const ValueId flat = m.add(Op::reshape, {pooled}, {1, 10});
  const ValueId y = m.add(Op::matmul, {flat, m.random({10, 10})}, {1, 10});
  m.output(m.add(Op::add, {y, m.random({10})}, {1, 10}));
  passes::optimize(m.graph);
  return m;
}

std::vector<std::vector<TensorData>> samples(GraphMaker& m, int how_many = 8, float lo = 0, float hi = 1) {
  std::vector<std::vector<TensorData>> all;
  for (int i = 0; i < how_many; ++i) all.push_back(m.sample(lo, hi));
  return all;
}

/// Mean squared error of the runtime against the float network, over the variance of its outputs.
double relative_error(GraphMaker m, const quantize::QuantizeOptions& options,
                      passes::LowerReport* report = nullptr) {
  const Graph source = m.graph;
  const auto data = samples(m);
  quantize::quantize_graph(m.graph, data, options);
  passes::optimize(m.graph);
  Runner runner(passes::lower(m.graph, report));
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

TEST_CASE("Quantized to 8 bits a network runs on integers alone and stays close") {
  quantize::QuantizeOptions options;
  options.method =
      GENERATE(quantize::RangeMethod::min_max, quantize::RangeMethod::percentile, quantize::RangeMethod::mse);
  passes::LowerReport report;
  CHECK(relative_error(network(), options, &report) < 1e-3);
  CHECK(report.float_operators.empty());
}

TEST_CASE("Fewer bits cost accuracy, in order") {
  double last = 0;
  for (const int bits : {8, 4, 2}) {
    quantize::QuantizeOptions options;
    options.first_last_8bit = false;
    options.bits = {bits, 8};
    const double error = relative_error(network(), options);
    CHECK(error > last);
    last = error;
  }
  CHECK(last < 1);
}

TEST_CASE("Activations of every width from 2 to 8 bits run on integers") {
  quantize::QuantizeOptions options;
  options.bits.activations = GENERATE(2, 3, 4, 5, 6, 7, 8);
  passes::LowerReport report;
  CHECK(relative_error(network(), options, &report) < 1);
  CHECK(report.float_operators.empty());
}

TEST_CASE("Weights keep 8 bits in the first and last layer unless they are named") {
  GraphMaker m = network();
  quantize::QuantizeOptions options;
  options.bits = {4, 8};
  std::string last;
  for (const Node& node : m.graph.nodes) {
    if (node.op == Op::gemm) last = node.name;
  }
  const bool named = GENERATE(false, true);
  if (named) options.layers[last] = {2, 8};
  quantize::quantize_graph(m.graph, samples(m), options);
  std::vector<std::int64_t> largest;
  for (const Node& node : m.graph.nodes) {
    if (node.op != Op::dequantize || !m.graph[node.inputs[0]].constant) continue;
    std::int64_t most = 0;
    for (const std::int64_t w : m.graph[node.inputs[0]].constant->ints) most = std::max(most, std::abs(w));
    largest.push_back(most);
  }
  REQUIRE(largest.size() == 4);
  CHECK(largest[0] == 127);
  CHECK(largest[1] <= 7);
  CHECK(largest[2] <= 7);
  CHECK(largest[3] == (named ? 1 : 127));
}

TEST_CASE("A layer with 0 bits stays in float and the rest does not") {
  GraphMaker m = network();
  quantize::QuantizeOptions options;
  options.bits = {4, 4};
  std::string second;
  std::size_t seen = 0;
  for (const Node& node : m.graph.nodes) {
    if (node.op == Op::conv && ++seen == 2) second = node.name;
  }
  options.layers[second] = {0, 8};
  passes::LowerReport report;
  CHECK(relative_error(std::move(m), options, &report) < 1);
  REQUIRE(report.float_operators.size() == 1);
  CHECK_THAT(report.float_operators[0], Catch::Contains(second));
}

TEST_CASE("An input of 0 to 1 takes the 256 levels of a picture") {
  GraphMaker m = network();
  auto data = samples(m);
  data[0][0].data[0] = 1;
  quantize::quantize_graph(m.graph, data, {});
  const Node& first = m.graph.nodes[0];
  REQUIRE(first.op == Op::quantize);
  CHECK(m.graph[first.outputs[0]].type == DType::u8);
  CHECK(m.graph[first.inputs[1]].constant->floats[0] == Approx(1.0 / 255));
  CHECK(m.graph[first.inputs[2]].constant->ints[0] == 0);
}

TEST_CASE("Inputs of a concatenation that go nowhere else share one scale") {
  GraphMaker m;
  const ValueId x = m.input({1, 2, 4, 4});
  const ValueId a = m.conv(x, m.random({3, 2, 1, 1}), kNoValue),
                b = m.conv(x, m.random({3, 2, 1, 1}, 2), kNoValue);
  Node concat;
  concat.axis = 1;
  const ValueId both = m.add(Op::concat, {a, b}, {1, 6, 4, 4}, concat);
  m.output(m.conv(both, m.random({2, 6, 1, 1}), kNoValue));
  passes::optimize(m.graph);
  quantize::quantize_graph(m.graph, samples(m), {});
  passes::optimize(m.graph);
  const write::ModelSpec spec = passes::lower(m.graph);
  for (const auto& op : spec.operators) CHECK(op.kind != write::OperatorKind::requantize);
}

TEST_CASE("A softmax has the fixed scale 1/256 and its output stays float at the boundary") {
  GraphMaker m;
  const ValueId y = m.add(Op::matmul, {m.input({1, 6}), m.random({6, 4})}, {1, 4});
  Node softmax;
  softmax.axis = 1;
  m.output(m.add(Op::softmax, {y}, {1, 4}, softmax));
  passes::optimize(m.graph);
  const Graph source = m.graph;
  const auto data = samples(m, 8, -2, 2);
  quantize::quantize_graph(m.graph, data, {});
  passes::optimize(m.graph);
  const write::ModelSpec spec = passes::lower(m.graph);
  Runner runner(spec);
  CHECK(runner.bit_exact());
  for (const auto& inputs : data) {
    CHECK(bulwark::test::largest_distance(evaluate(source, inputs), runner.run(inputs)) < 0.02f);
  }
}

TEST_CASE("Zero is a level, the range is covered, and no range is a valid one") {
  for (const int bits : {2, 4, 8}) {
    for (const auto& span : {quantize::Range::Span{-1, 3}, {0, 5}, {-7, 0}, {-0.01, 2}}) {
      const quantize::Levels levels = quantize::levels_of(span, bits);
      const double top = std::ldexp(1.0, bits) - 1, scale = static_cast<double>(levels.scale);
      CHECK((levels.zero_point >= 0 && levels.zero_point <= top));
      CHECK((0 - levels.zero_point) * scale <= span.lo + scale / 2 + 1e-9);
      CHECK((top - levels.zero_point) * scale >= span.hi - scale / 2 - 1e-9);
    }
  }
  CHECK(quantize::levels_of({0, 0}, 8).scale > 0);
}

TEST_CASE("A percentile leaves out what is rare, and the error search the tail of a few bits") {
  std::vector<float> values(100000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 1000) / 1000;
  values[5] = 50;
  quantize::Range range;
  range.widen(values);
  range.count(values);
  CHECK(range.choose(quantize::RangeMethod::min_max, 99.9, 8).hi == Approx(50));
  CHECK(range.choose(quantize::RangeMethod::percentile, 99.9, 8).hi < 2);
  CHECK(range.choose(quantize::RangeMethod::mse, 99.9, 2).hi < 50);
}

TEST_CASE("Options and data that make no sense are refused by name") {
  GraphMaker m = network();
  quantize::QuantizeOptions options;
  options.bits.weights = 5;
  CHECK_THROWS_WITH(quantize::quantize_graph(m.graph, samples(m), options), Catch::Contains("8, 4, 3 or 2"));
  options.bits = {8, 9};
  CHECK_THROWS_WITH(quantize::quantize_graph(m.graph, samples(m), options), Catch::Contains("2 to 8"));
  options.bits = {8, 8};
  options.layers["nowhere"] = {4, 4};
  CHECK_THROWS_WITH(quantize::quantize_graph(m.graph, samples(m), options), Catch::Contains("'nowhere'"));
  options.layers.clear();
  CHECK_THROWS_AS(quantize::quantize_graph(m.graph, {}, options), Error);
  auto data = samples(m);
  data[1][0].data[3] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(quantize::quantize_graph(m.graph, data, options), Catch::Contains("not a number"));
}

TEST_CASE("Quantization: gates, functions and reductions become integers; a function is one table") {
  GraphMaker m;
  const ValueId x = m.input({1, 4, 6, 6});
  const ValueId y = m.conv(x, m.random({8, 4, 3, 3}, 0.4f), m.random({8}, 0.2f), 1, 1);
  const Shape shape = m.shape(y);
  Node clip;
  clip.clip_lo = 0;
  clip.clip_hi = 6;
  const ValueId shifted = m.add(Op::add, {y, m.floats({}, {3})}, shape);
  const ValueId gate = m.add(Op::mul, {m.add(Op::clip, {shifted}, shape, clip), y}, shape);
  const ValueId swish = m.add(Op::div, {gate, m.floats({}, {6})}, shape);
  Node mean;
  mean.axes = {2, 3};
  const ValueId squeezed = m.add(Op::reduce_mean, {swish}, {1, 8, 1, 1}, mean);
  Node sigmoid;
  sigmoid.function = Function::sigmoid;
  const ValueId excite = m.conv(squeezed, m.random({8, 8, 1, 1}, 0.5f), m.random({8}, 0.2f));
  const ValueId opened = m.add(Op::unary, {excite}, {1, 8, 1, 1}, sigmoid);
  const ValueId scaled = m.add(Op::mul, {swish, opened}, shape);
  m.output(m.conv(scaled, m.random({3, 8, 1, 1}), m.random({3}, 0.2f)));
  passes::optimize(m.graph);
  passes::LowerReport report;
  CHECK(relative_error(m, {}, &report) < 1e-3);
  CHECK(report.float_operators.empty());
  quantize::quantize_graph(m.graph, samples(m), {});
  passes::optimize(m.graph);
  const write::ModelSpec spec = passes::lower(m.graph);
  const auto kinds = [&](write::OperatorKind kind) {
    return std::count_if(spec.operators.begin(), spec.operators.end(),
                         [&](const auto& op) { return op.kind == kind; });
  };
  CHECK(kinds(write::OperatorKind::lookup) == 2);
  CHECK(kinds(write::OperatorKind::mul) == 1);
  CHECK(kinds(write::OperatorKind::add) == 0);
  CHECK(kinds(write::OperatorKind::clip) == 0);
}
