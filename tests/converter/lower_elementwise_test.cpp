// SPDX-License-Identifier: Apache-2.0
// Functions, operators of two tensors, reductions and log-softmax of quantized graphs: lowered, verified,
// run, against the float twin.
#include <catch2/catch.hpp>

#include "converter/passes/passes.h"
#include "tests/converter/convert_graphs.h"
#include "tests/converter/convert_runner.h"

using namespace bulwark::converter;
using bulwark::test::GraphMaker;
using bulwark::test::largest_distance;
using bulwark::test::Runner;

namespace {

using Kind = write::OperatorKind;

struct Lowered {
  std::size_t operators = 0;  ///< of the expected kind
  bool integers_only = false;
  float distance = 0;  ///< from the float twin, in levels when the output is quantized
};

Lowered lower_and_run(GraphMaker& m, Kind kind) {
  const Graph source = m.graph;
  Graph graph = m.graph;
  passes::optimize(graph);
  passes::LowerReport report;
  const write::ModelSpec spec = passes::lower(graph, &report);
  Lowered result;
  for (const write::OperatorSpec& op : spec.operators) result.operators += op.kind == kind;
  Runner runner(spec);
  result.integers_only = report.float_operators.empty() && runner.bit_exact();
  for (int i = 0; i < 4; ++i) {
    const auto inputs = m.sample(-3, 3);
    const auto expected = evaluate(source, inputs), got = runner.run(inputs);
    for (std::size_t k = 0; k < got.size(); ++k) CHECK(got[k].shape == expected[k].shape);
    result.distance = std::max(result.distance, largest_distance(expected, got));
  }
  return result;
}

Node function_node(Function function, float alpha = 1, float beta = 1) {
  Node node;
  node.function = function;
  node.alpha = alpha;
  node.beta = beta;
  return node;
}

ValueId level_input(GraphMaker& m, const Shape& shape) {
  return m.requantized(m.input(shape), 0.025f, -7, DType::s8);
}

}  // namespace

TEST_CASE("Lowering: a chain of functions of one tensor is one table, with the twin's levels") {
  GraphMaker m;
  const Shape shape{1, 3, 5, 4};
  const ValueId x = level_input(m, shape);
  SECTION("one function") {
    const Function function = GENERATE(Function::sigmoid, Function::tanh, Function::exp, Function::abs);
    m.output(m.quantize(m.add(Op::unary, {x}, shape, function_node(function)), 0.1f, 3, DType::s8));
  }
  SECTION("x * sigmoid(x)") {
    const ValueId y = m.add(Op::unary, {x}, shape, function_node(Function::sigmoid));
    m.output(m.quantize(m.add(Op::mul, {x, y}, shape), 0.02f, -100, DType::s8));
  }
  SECTION("clip(x + 3, 0, 6) * x / 6, to unsigned levels") {
    Node clip;
    clip.clip_lo = 0;
    clip.clip_hi = 6;
    const ValueId shifted = m.add(Op::add, {x, m.floats({}, {3})}, shape);
    const ValueId product = m.add(Op::mul, {m.add(Op::clip, {shifted}, shape, clip), x}, shape);
    m.output(m.quantize(m.add(Op::div, {product, m.floats({1}, {6})}, shape), 0.02f, 20, DType::u8));
  }
  const Lowered lowered = lower_and_run(m, Kind::lookup);
  CHECK(lowered.operators == 1);
  CHECK(lowered.integers_only);
  CHECK(lowered.distance == 0);
}

TEST_CASE("Lowering: operators of two tensors, one perhaps repeated or constant") {
  const auto [op, kind] = GENERATE(table<Op, Kind>({{Op::add, Kind::add},
                                                    {Op::sub, Kind::add},
                                                    {Op::mul, Kind::mul},
                                                    {Op::maximum, Kind::maximum},
                                                    {Op::minimum, Kind::minimum},
                                                    {Op::prelu, Kind::prelu}}));
  GraphMaker m;
  const Shape shape{2, 3, 5, 4};
  const ValueId a = level_input(m, shape);
  const auto other = [&](const Shape& of) { return m.requantized(m.input(of), 0.03f, 12, DType::s8); };
  ValueId b = -1;
  SECTION("of one shape") { b = other(shape); }
  SECTION("one number per channel") { b = other({2, 3, 1, 1}); }
  SECTION("of fewer axes") { b = other({5, 1}); }
  SECTION("a constant of one number per channel") {
    b = m.dequantize(m.random_ints({3, 1, 1}, DType::s8, -127, 127), 0.03f, 0);
  }
  const ValueId y = m.add(op, {a, b}, shape);
  m.output(m.quantize(y, 0.04f, 5, DType::s8));
  const Lowered lowered = lower_and_run(m, kind);
  CHECK(lowered.operators == 1);
  CHECK(lowered.integers_only);
  CHECK(lowered.distance <= 1);
}

TEST_CASE("Lowering: two repeated operands make a larger result") {
  GraphMaker m;
  const ValueId a = level_input(m, {1, 3, 1, 4}), b = level_input(m, {1, 1, 5, 4});
  m.output(m.quantize(m.add(Op::mul, {a, b}, {1, 3, 5, 4}), 0.04f, 5, DType::s8));
  const Lowered lowered = lower_and_run(m, Kind::mul);
  CHECK(lowered.integers_only);
  CHECK(lowered.distance <= 1);
}

TEST_CASE("Lowering: sums, means and extremes over axes") {
  const auto [op, kind] = GENERATE(table<Op, Kind>({{Op::reduce_sum, Kind::reduce_sum},
                                                    {Op::reduce_mean, Kind::reduce_sum},
                                                    {Op::reduce_max, Kind::reduce_max},
                                                    {Op::reduce_min, Kind::reduce_min}}));
  const std::vector<std::int64_t> axes =
      GENERATE(std::vector<std::int64_t>{1}, std::vector<std::int64_t>{2}, std::vector<std::int64_t>{0, 3},
               std::vector<std::int64_t>{0, 1, 2, 3});
  GraphMaker m;
  Shape shape{2, 3, 5, 4};
  const ValueId x = level_input(m, shape);
  Node node;
  node.axes = axes;
  for (const std::int64_t axis : axes) shape[static_cast<std::size_t>(axis)] = 1;
  m.output(m.quantize(m.add(op, {x}, shape, node), op == Op::reduce_sum ? 0.3f : 0.03f, 4, DType::s8));
  const Lowered lowered = lower_and_run(m, kind);
  CHECK(lowered.operators == 1);
  CHECK(lowered.integers_only);
  CHECK(lowered.distance <= 1);
}

TEST_CASE("Lowering: log-softmax and softmax over the last axis stay integers") {
  const auto [op, kind] =
      GENERATE(table<Op, Kind>({{Op::softmax, Kind::softmax}, {Op::log_softmax, Kind::log_softmax}}));
  GraphMaker m;
  const ValueId x = level_input(m, {3, 10});
  Node node;
  node.axis = 1;
  const bool log = op == Op::log_softmax;
  m.output(
      m.quantize(m.add(op, {x}, {3, 10}, node), log ? 16.0f / 256 : 1.0f / 256, log ? 127 : -128, DType::s8));
  const Lowered lowered = lower_and_run(m, kind);
  CHECK(lowered.operators == 1);
  CHECK(lowered.integers_only);
  CHECK(lowered.distance <= 1);
}

TEST_CASE("Lowering: the same operators on floats run as floats, and the report says so") {
  GraphMaker m;
  const Shape shape{1, 3, 5, 4};
  const ValueId x = m.input(shape), y = m.input({3, 1, 1});
  Kind kind{};
  SECTION("function") {
    m.output(m.add(Op::unary, {x}, shape, function_node(Function::tanh)));
    kind = Kind::function;
  }
  SECTION("quotient") {
    const ValueId positive = m.add(Op::unary, {y}, {3, 1, 1}, function_node(Function::exp));
    m.output(m.add(Op::div, {x, positive}, shape));
    kind = Kind::div;
  }
  SECTION("difference") {
    m.output(m.add(Op::sub, {x, y}, shape));
    kind = Kind::sub;
  }
  SECTION("mean") {
    Node node;
    node.axes = {1, 2};
    m.output(m.add(Op::reduce_mean, {x}, {1, 1, 1, 4}, node));
    kind = Kind::reduce_sum;
  }
  const Lowered lowered = lower_and_run(m, kind);
  CHECK(lowered.operators >= 1);
  CHECK_FALSE(lowered.integers_only);
  CHECK(lowered.distance < 1e-5f);
}

TEST_CASE("Lowering: padding with any value that the input can hold") {
  GraphMaker m;
  Node pad;
  pad.pads = {0, 1, 0, 2, 0, 0, 3, 1};
  const Shape shape{1, 4, 8, 7};
  SECTION("a level between dequantize and quantize") {
    pad.pad_value = 0.5f;
    const ValueId x = m.requantized(m.input({1, 3, 5, 4}), 0.25f, -7, DType::s8);
    m.output(m.quantize(m.add(Op::pad, {x}, shape, pad), 0.25f, -7, DType::s8));
    const Lowered lowered = lower_and_run(m, Kind::concat);
    CHECK(lowered.operators == 3);
    CHECK(lowered.integers_only);
    CHECK(lowered.distance == 0);
  }
  SECTION("levels themselves") {
    pad.pad_value = 100;
    const ValueId x = m.input({1, 3, 5, 4}, DType::u8);
    m.graph[x].scale = 0.25f;
    m.output(m.add(Op::pad, {x}, shape, pad, DType::u8));
    const Lowered lowered = lower_and_run(m, Kind::concat);
    CHECK(lowered.operators == 3);
    CHECK(lowered.distance == 0);
  }
  SECTION("real numbers") {
    pad.pad_value = -3;
    m.output(m.add(Op::pad, {m.input({1, 3, 5, 4})}, shape, pad));
    CHECK(lower_and_run(m, Kind::concat).distance == 0);
  }
}
