// SPDX-License-Identifier: Apache-2.0
// Small quantized graphs, lowered, written, verified and run, against the float twin: integer outputs at most
// one level away.
#include <catch2/catch.hpp>
#include <cmath>

#include "converter/error.h"
#include "converter/passes/passes.h"
#include "tests/converter/convert_graphs.h"
#include "tests/converter/convert_runner.h"

using namespace bulwark::converter;
using bulwark::test::GraphMaker;
using bulwark::test::largest_distance;
using bulwark::test::Runner;

namespace {

/// Largest distance between the runtime and the twin of the source graph over some inputs. Integers (and
/// nothing else) are expected to be the operators when `integer_only`.
float distance(GraphMaker& m, bool integer_only = true) {
  const Graph source = m.graph;
  Graph graph = m.graph;
  passes::optimize(graph);
  passes::LowerReport report;
  const write::ModelSpec spec = passes::lower(graph, &report);
  CHECK(report.float_operators.empty() == integer_only);
  Runner runner(spec);
  CHECK(runner.bit_exact() == integer_only);
  float largest = 0;
  for (int i = 0; i < 4; ++i) {
    const auto inputs = m.sample(-2, 2);
    const auto expected = evaluate(source, inputs), got = runner.run(inputs);
    for (std::size_t k = 0; k < got.size(); ++k) CHECK(got[k].shape == expected[k].shape);
    largest = std::max(largest, largest_distance(expected, got));
  }
  return largest;
}

write::ModelSpec lowered(GraphMaker& m, passes::LowerReport* report = nullptr) {
  Graph graph = m.graph;
  passes::optimize(graph);
  return passes::lower(graph, report);
}

std::size_t count(const write::ModelSpec& spec, write::OperatorKind kind) {
  std::size_t n = 0;
  for (const auto& op : spec.operators) n += op.kind == kind;
  return n;
}

using Kind = write::OperatorKind;

}  // namespace

TEST_CASE("Lowering: conv with every type of activation, stride, padding, groups, and a fused relu") {
  const DType type = GENERATE(DType::s8, DType::u8, DType::u4, DType::s4);
  const std::int64_t stride = GENERATE(1, 2), groups = GENERATE(1, 2, 4);
  GraphMaker m;
  const bool four = type == DType::u4 || type == DType::s4;
  const int zero = type == DType::s8 ? -3 : type == DType::s4 ? -2 : 4;
  const ValueId x = m.requantized(m.input({1, 4, 7, 6}), four ? 0.25f : 0.02f, zero, type);
  const ValueId w = m.weights({8, 4 / groups, 3, 3}, DType::s8, -127, 127, 0.004f, 0);
  const ValueId y = m.conv(x, w, m.random({8}), stride, 1, groups);
  m.output(m.quantize(m.add(Op::relu, {y}, m.shape(y)), 0.04f, zero, type));
  CHECK(distance(m) <= 1);
  const write::ModelSpec spec = lowered(m);
  CHECK(count(spec, Kind::conv_2d) == 1);
  CHECK(count(spec, Kind::clip) == 0);
}

TEST_CASE("Lowering: int32 biases at the accumulator's scale are kept exactly, without fraction bits") {
  GraphMaker m;
  const ValueId x = m.requantized(m.input({1, 2, 5, 5}), 0.02f, 7, DType::s8);
  Node channel;
  const ValueId ws = m.floats({3}, {0.01f, 0.02f, 0.03f});
  const ValueId w =
      m.add(Op::dequantize, {m.random_ints({3, 2, 3, 3}, DType::s8, -127, 127), ws}, {3, 2, 3, 3});
  const ValueId bs = m.floats({3}, {0.02f * 0.01f, 0.02f * 0.02f, 0.02f * 0.03f});
  const ValueId b = m.add(Op::dequantize, {m.ints({3}, DType::s32, {12345, -54321, 0}), bs}, {3});
  m.output(m.quantize(m.conv(x, w, b), 0.05f, -5, DType::s8));
  const write::ModelSpec spec = lowered(m);
  const write::OperatorSpec* conv = nullptr;
  for (const auto& op : spec.operators) {
    if (op.linear) conv = &op;
  }
  REQUIRE(conv);
  CHECK(conv->linear->fraction_bits == 0);
  std::int64_t sum = 0;
  for (int i = 0; i < 18; ++i) sum += conv->linear->weights.integers[static_cast<std::size_t>(i)];
  CHECK(conv->linear->bias[0] == 12345 - 7 * sum);
  CHECK(distance(m) <= 1);
}

TEST_CASE("Lowering: weights with a zero point are re-centred to nine bits") {
  GraphMaker m;
  const ValueId x = m.requantized(m.input({3, 20}), 0.02f, 120, DType::u8);
  const ValueId stored = m.random_ints({20, 6}, DType::u8, 0, 255);
  const ValueId w = m.dequantize(stored, 0.01f, 100);
  m.output(m.quantize(m.add(Op::matmul, {x, w}, {3, 6}), 0.08f, 128, DType::u8));
  const write::ModelSpec spec = lowered(m);
  CHECK(spec.operators[1].linear.has_value() + spec.operators[2].linear.has_value() == 1);
  CHECK(distance(m) <= 1);
  for (const auto& op : spec.operators) {
    if (op.linear) CHECK(op.linear->weights.format == write::WeightFormat::s9);
  }
}

TEST_CASE("Lowering: gemm with alpha, beta, transposed operands and a float output") {
  const bool trans_a = GENERATE(false, true), trans_b = GENERATE(false, true);
  GraphMaker m;
  Node gemm;
  gemm.alpha = 0.5f;
  gemm.beta = -2;
  gemm.trans_a = trans_a;
  gemm.trans_b = trans_b;
  const ValueId x = m.requantized(m.input(trans_a ? Shape{8, 3} : Shape{3, 8}), 0.02f, 3, DType::s8);
  const ValueId w = m.weights(trans_b ? Shape{5, 8} : Shape{8, 5}, DType::s4, -8, 7, 0.05f, trans_b ? 0 : 1);
  m.output(m.add(Op::gemm, {x, w, m.random({5})}, {3, 5}, gemm));
  CHECK(distance(m) <= 1e-4f);
}

TEST_CASE("Lowering: add and sub of two tensors and of a broadcast constant, with a clip") {
  const Op op = GENERATE(Op::add, Op::sub);
  const bool constant = GENERATE(false, true);
  GraphMaker m;
  const ValueId a = m.requantized(m.input({2, 3, 4}), 0.021f, -7, DType::s8);
  const ValueId b = constant ? m.dequantize(m.random_ints({3, 1}, DType::u8, 0, 255), 0.007f, 99)
                             : m.requantized(m.input({2, 3, 4}), 0.005f, 99, DType::u8);
  Node clip;
  clip.clip_lo = -1;
  clip.clip_hi = 1.5f;
  const ValueId y = m.add(Op::clip, {m.add(op, {a, b}, {2, 3, 4})}, {2, 3, 4}, clip);
  m.output(m.quantize(y, 0.02f, 3, DType::s8));
  CHECK(distance(m) <= 1);
}

TEST_CASE("Lowering: pools, softmax, and movement of integers") {
  GraphMaker m;
  const ValueId x = m.requantized(m.input({1, 6, 8, 8}), 0.02f, 130, DType::u8);
  m.output(m.quantize(m.pool(Op::average_pool, x, 3, 2, 1), 0.011f, 120, DType::u8));
  m.output(m.quantize(m.pool(Op::max_pool, x, 3, 2, 1), 0.02f, 130, DType::u8));
  m.output(m.quantize(m.add(Op::global_average_pool, {x}, {1, 6, 1, 1}), 0.005f, 0, DType::s8));
  m.output(m.quantize(m.add(Op::global_max_pool, {x}, {1, 6, 1, 1}), 0.03f, 0, DType::s8));
  Node softmax;
  softmax.axis = 1;
  m.output(m.quantize(m.add(Op::softmax, {x}, m.shape(x), softmax), 1.0f / 256, -128, DType::s8));
  Node pad;
  pad.pads = {0, 1, 0, 2, 0, 0, 1, 0};
  m.output(m.quantize(m.add(Op::pad, {x}, {1, 7, 9, 10}, pad), 0.02f, 130, DType::u8));
  Node transpose;
  transpose.perm = {0, 3, 1, 2};
  m.output(m.quantize(m.add(Op::transpose, {x}, {1, 8, 6, 8}, transpose), 0.02f, 130, DType::u8));
  CHECK(distance(m) <= 1);
}

TEST_CASE("Lowering: an average that counts its padding, and one that does not") {
  const bool counts = GENERATE(false, true);
  GraphMaker m;
  const ValueId x = m.requantized(m.input({1, 3, 6, 6}), 0.02f, 30, DType::s8);
  const ValueId y = m.pool(Op::average_pool, x, 3, 1, 1);
  m.graph.nodes.back().count_include_pad = counts;
  m.output(m.quantize(y, 0.02f, -3, DType::s8));
  CHECK(distance(m) <= 1);
}

TEST_CASE("Lowering: a concatenation requantizes the inputs that differ and no others") {
  GraphMaker m;
  const ValueId a = m.requantized(m.input({1, 2, 4, 4}), 0.02f, 0, DType::s8);
  const ValueId b = m.requantized(m.input({1, 3, 4, 4}), 0.01f, 10, DType::s8);
  Node concat;
  concat.axis = 1;
  m.output(m.quantize(m.add(Op::concat, {a, b}, {1, 5, 4, 4}, concat), 0.02f, 0, DType::s8));
  CHECK(distance(m) <= 1);
  CHECK(count(lowered(m), Kind::requantize) == 1);
}

TEST_CASE(
    "Lowering: dequantize and quantize with other parameters is a requantize, with the same ones nothing") {
  GraphMaker m;
  const ValueId x = m.input({2, 5}, DType::s8);
  m.output(m.quantize(m.dequantize(x, 0.02f, 3), 0.05f, -20, DType::s8));
  const ValueId y = m.input({2, 5}, DType::u8);
  m.output(m.quantize(m.add(Op::relu, {m.dequantize(y, 0.02f, 100)}, {2, 5}), 0.02f, 100, DType::u8));
  CHECK(distance(m) == 0);
}

TEST_CASE("Lowering: a clip between quantize and dequantize narrows the range and needs no operator") {
  GraphMaker m;
  const ValueId q = m.quantize(m.add(Op::relu, {m.input({2, 8})}, {2, 8}), 0.1f, 0, DType::u8);
  Node clip;
  clip.clip_lo = 0;
  clip.clip_hi = 3;
  const ValueId x = m.dequantize(m.add(Op::clip, {q}, {2, 8}, clip, DType::u8), 0.1f, 0);
  m.output(m.quantize(m.add(Op::matmul, {x, m.weights({8, 4}, DType::s4, -2, 1, 0.5f, 1)}, {2, 4}), 0.05f, 0,
                      DType::s8));
  CHECK(distance(m) <= 1);
  const write::ModelSpec spec = lowered(m);
  CHECK(count(spec, Kind::clip) == 0);
  bool narrow = false;
  for (const auto& t : spec.tensors)
    narrow = narrow || (t.type == write::ElementType::s8 && t.lo == 0 && t.hi == 3);
  CHECK(narrow);
}

TEST_CASE("Lowering: a value with two quantizers gives both") {
  GraphMaker m;
  const ValueId x = m.requantized(m.input({1, 4}), 0.02f, 0, DType::s8);
  const ValueId y = m.add(Op::matmul, {x, m.weights({4, 4}, DType::s8, -9, 9, 0.1f, 1)}, {1, 4});
  m.output(m.quantize(y, 0.05f, 0, DType::s8));
  m.output(m.quantize(y, 0.5f, 0, DType::u8));
  m.output(y);
  CHECK(distance(m) <= 1);
}

TEST_CASE("Lowering: 1-D convolutions and pools run with a height of 1") {
  GraphMaker m;
  const ValueId x = m.requantized(m.input({1, 3, 20}), 0.02f, 5, DType::s8);
  const ValueId y = m.conv(x, m.weights({4, 3, 5}, DType::s8, -50, 50, 0.01f, 0), m.random({4}), 2, 2);
  const ValueId z = m.requantized(y, 0.05f, 0, DType::s8);
  m.output(m.quantize(m.pool(Op::max_pool, z, 2, 2), 0.05f, 0, DType::s8));
  CHECK(distance(m) <= 1);
}

TEST_CASE("Lowering: a product of batches is a grouped convolution") {
  GraphMaker m;
  const ValueId x = m.requantized(m.input({2, 3, 4}), 0.02f, 5, DType::s8);
  const ValueId w = m.dequantize(m.random_ints({2, 4, 5}, DType::s8, -100, 100), 0.01f, 7);
  m.output(m.quantize(m.add(Op::matmul, {x, w}, {2, 3, 5}), 0.03f, 1, DType::s8));
  CHECK(distance(m) <= 1);
}

TEST_CASE("Lowering: what nothing quantizes stays in float and is reported") {
  GraphMaker m;
  const ValueId x = m.input({1, 3, 8, 8});
  const ValueId c = m.conv(x, m.random({4, 3, 3, 3}), m.random({4}), 1, 1);
  Node clip;
  clip.clip_lo = 0;
  clip.clip_hi = 1;
  const ValueId a = m.add(Op::clip, {c}, m.shape(c), clip);
  const ValueId s = m.add(Op::add, {a, m.random({4, 1, 1})}, m.shape(c));
  const ValueId p = m.pool(Op::max_pool, s, 2, 2);
  const ValueId g = m.pool(Op::average_pool, p, 2, 2);
  const ValueId f = m.add(Op::reshape, {g}, {1, 16});
  const ValueId y = m.add(Op::matmul, {f, m.random({16, 5})}, {1, 5});
  Node softmax;
  softmax.axis = 1;
  m.output(m.add(Op::softmax, {m.add(Op::relu, {y}, {1, 5})}, {1, 5}, softmax));
  m.output(m.add(Op::sub, {y, m.random({5})}, {1, 5}));
  CHECK(distance(m, false) <= 1e-4f);
  passes::LowerReport report;
  lowered(m, &report);
  CHECK(report.float_operators.size() >= 6);
}

TEST_CASE("Lowering: a float layer between quantized ones") {
  GraphMaker m;
  const ValueId x = m.requantized(m.input({1, 3, 8, 8}), 0.02f, 0, DType::s8);
  const ValueId c = m.conv(x, m.random({4, 3, 3, 3}), m.random({4}), 1, 1);
  const ValueId y = m.requantized(m.add(Op::relu, {c}, m.shape(c)), 0.05f, -128, DType::s8);
  m.output(m.quantize(m.conv(y, m.weights({2, 4, 1, 1}, DType::s8, -50, 50, 0.01f, 0), kNoValue), 0.1f, 0,
                      DType::s8));
  CHECK(distance(m, false) <= 1);
}

TEST_CASE("Lowering: the boundary keeps names, types and layout") {
  GraphMaker m;
  const ValueId x = m.input({1, 3, 4, 4}, DType::u8);
  const ValueId c =
      m.conv(m.dequantize(x, 0.02f, 128), m.weights({2, 3, 3, 3}, DType::s8, -9, 9, 0.1f, 0), kNoValue);
  m.output(m.quantize(c, 0.1f, 100, DType::u8));
  const std::string name = m.graph[m.graph.outputs[0]].name;
  const write::ModelSpec spec = lowered(m);
  const auto& in = spec.tensors[static_cast<std::size_t>(spec.inputs.at(0))];
  const auto& out = spec.tensors[static_cast<std::size_t>(spec.outputs.at(0))];
  CHECK(in.name == "input0");
  CHECK(in.type == write::ElementType::u8);
  CHECK(in.shape == std::vector<std::int32_t>{1, 3, 4, 4});
  CHECK(out.name == name);
  CHECK(out.type == write::ElementType::u8);
  CHECK(out.shape == std::vector<std::int32_t>{1, 2, 2, 2});
  CHECK(distance(m) <= 1);
}

TEST_CASE("Lowering: an input that is also the output, and one output twice removed") {
  GraphMaker m;
  const ValueId x = m.input({2, 3});
  m.output(m.add(Op::identity, {x}, {2, 3}));
  m.output(m.add(Op::reshape, {x}, {3, 2}));
  CHECK(distance(m) == 0);
}

TEST_CASE("Lowering: every operator without a lowering is named in one error") {
  GraphMaker m;
  const ValueId x = m.input({1, 4}), y = m.input({4, 3});
  m.output(m.add(Op::matmul, {x, y}, {1, 3}));
  m.output(m.add(Op::gemm, {x, y}, {1, 3}));
  const ValueId z = m.input({2, 3, 4});
  m.output(m.add(Op::matmul, {z, m.random({2, 4, 5})}, {2, 3, 5}));
  Graph graph = m.graph;
  passes::optimize(graph);
  try {
    passes::lower(graph);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == Exit::bad_input);
    for (const Node& node : m.graph.nodes) CHECK_THAT(error.what(), Catch::Contains("'" + node.name + "'"));
    CHECK_THAT(error.what(), Catch::Contains("weights are not constant"));
    CHECK_THAT(error.what(), Catch::Contains("a product of batches in float"));
  }
}

TEST_CASE("Lowering: an accumulator that could overflow is refused by name") {
  GraphMaker m;
  const ValueId x = m.requantized(m.input({1, 140000}), 0.02f, 0, DType::s8);
  const ValueId w =
      m.dequantize(m.ints({140000, 1}, DType::s8, std::vector<std::int64_t>(140000, 127)), 0.01f, 0);
  m.output(m.quantize(m.add(Op::matmul, {x, w}, {1, 1}), 1, 0, DType::s8));
  CHECK_THROWS_WITH(lowered(m), Catch::Contains("overflow") && Catch::Contains("matmul"));
}
