// SPDX-License-Identifier: Apache-2.0
// Transposed convolutions, blocks, resizing, slices, gathers and indices: rewritten, lowered, written,
// verified and run, against the float twin.
#include <catch2/catch.hpp>

#include "converter/passes/passes.h"
#include "tests/converter/convert_graphs.h"
#include "tests/converter/convert_runner.h"

using namespace bulwark::converter;
using bulwark::test::GraphMaker;
using bulwark::test::largest_distance;
using bulwark::test::Runner;
using Kind = write::OperatorKind;

namespace {

std::size_t count(const write::ModelSpec& spec, Kind kind) {
  std::size_t n = 0;
  for (const auto& op : spec.operators) n += op.kind == kind;
  return n;
}

/// Largest distance between the runtime and the twin of the source over some inputs; `spec` is what was run.
float distance(GraphMaker& m, bool integer_only, write::ModelSpec* result = nullptr) {
  const Graph source = m.graph;
  Graph graph = m.graph;
  passes::optimize(graph);
  const write::ModelSpec spec = passes::lower(graph);
  if (result) *result = spec;
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

Node window(std::vector<std::int64_t> kernel, std::vector<std::int64_t> strides,
            std::vector<std::int64_t> pads, std::vector<std::int64_t> dilations, std::int64_t groups) {
  Node node;
  node.kernel = std::move(kernel);
  node.strides = std::move(strides);
  node.pads = std::move(pads);
  node.dilations = std::move(dilations);
  node.groups = groups;
  return node;
}

struct Transposed {
  std::int64_t in, kernel, stride, dilation, pad, out, groups;
};

}  // namespace

TEST_CASE("Lowering: a transposed convolution is an integer convolution and movement") {
  const Transposed t = GENERATE(Transposed{4, 3, 2, 1, 1, 7, 1}, Transposed{4, 3, 2, 1, 1, 8, 2},
                                Transposed{5, 2, 3, 1, 0, 15, 1}, Transposed{3, 4, 2, 1, 1, 6, 4},
                                Transposed{4, 5, 1, 1, 2, 4, 1}, Transposed{4, 3, 2, 2, 3, 5, 2},
                                Transposed{3, 7, 2, 1, 5, 1, 1}, Transposed{3, 2, 4, 1, 0, 12, 1});
  const bool relu = t.kernel % 2 == 0;
  CAPTURE(t.in, t.kernel, t.stride, t.dilation, t.pad, t.out, t.groups);
  GraphMaker m;
  const ValueId x = m.requantized(m.input({1, 4, t.in, t.in + 1}), 0.02f, -3, DType::s8);
  const ValueId w = m.weights({4, 8 / t.groups, t.kernel, 2}, DType::s8, -127, 127, 0.01f, 1);
  const ValueId b = m.random({8});
  // One axis takes the case, the other a stride of 2 with a kernel of 2.
  Node node = window({t.kernel, 2}, {t.stride, 2}, {t.pad, 0, 0, 0}, {t.dilation, 1}, t.groups);
  ValueId y = m.add(Op::conv_transpose, {x, w, b}, {1, 8, t.out, 2 * (t.in + 1)}, node);
  if (relu) y = m.add(Op::relu, {y}, m.shape(y));
  m.output(m.quantize(y, 0.1f, relu ? -128 : 5, DType::s8));
  write::ModelSpec spec;
  CHECK(distance(m, true, &spec) <= 1.0f);
  CHECK(count(spec, Kind::conv_2d) == 1);
  CHECK(count(spec, Kind::requantize) == 0);
}

TEST_CASE("Lowering: transposed convolutions in one dimension and in float") {
  GraphMaker m;
  const ValueId x = m.input({2, 3, 5});
  Node node = window({3}, {2}, {1, 0}, {1}, 1);
  m.output(m.add(Op::conv_transpose, {x, m.random({3, 4, 3}), m.random({4})}, {2, 4, 10}, node));
  CHECK(distance(m, false) <= 1e-4f);
}

TEST_CASE("Lowering: blocks around a convolution become its dilation") {
  GraphMaker m;
  const ValueId q = m.quantize(m.input({1, 9, 8, 3}), 0.02f, 4, DType::s8);
  Node to_batch = window({2, 3}, {}, {2, 3, 3, 4}, {}, 1);
  to_batch.pad_value = 4;
  const ValueId blocks = m.add(Op::space_to_batch, {q}, {6, 7, 5, 3}, to_batch, DType::s8);
  const ValueId w = m.weights({5, 3, 3, 3}, DType::s8, -127, 127, 0.01f, 0);
  Node conv = window({3, 3}, {1, 1}, {0, 0, 0, 0}, {1, 1}, 1);
  conv.channels_last = true;
  const ValueId y = m.add(Op::conv, {m.dequantize(blocks, 0.02f, 4), w}, {6, 5, 3, 5}, conv);
  const ValueId z = m.quantize(y, 0.1f, -3, DType::s8);
  Node to_space = window({2, 3}, {}, {1, 0, 0, 1}, {}, 1);
  m.output(m.add(Op::batch_to_space, {z}, {1, 9, 8, 5}, to_space, DType::s8));
  write::ModelSpec spec;
  CHECK(distance(m, true, &spec) <= 1.0f);
  REQUIRE(count(spec, Kind::conv_2d) == 1);
  CHECK(count(spec, Kind::transpose) + count(spec, Kind::pad) == 0);
  for (const auto& op : spec.operators) {
    if (op.linear) CHECK((op.linear->dilation_h == 2 && op.linear->dilation_w == 3));
  }
}

TEST_CASE("Lowering: blocks on their own are moved") {
  GraphMaker m;
  const ValueId q = m.quantize(m.input({2, 5, 4, 3}), 0.02f, 4, DType::s8);
  Node to_batch = window({3, 2}, {}, {1, 0, 0, 2}, {}, 1);
  to_batch.pad_value = 4;
  const ValueId blocks = m.add(Op::space_to_batch, {q}, {12, 2, 3, 3}, to_batch, DType::s8);
  m.output(blocks);
  m.output(
      m.add(Op::batch_to_space, {blocks}, {2, 4, 5, 3}, window({3, 2}, {}, {0, 1, 2, 0}, {}, 1), DType::s8));
  CHECK(distance(m, true) == 0.0f);
}

TEST_CASE("Lowering: slices, gathers and interpolation follow the layout") {
  GraphMaker m;
  const ValueId x = m.requantized(m.input({1, 4, 6, 5}), 0.02f, 4, DType::s8);
  const ValueId w = m.weights({6, 4, 3, 3}, DType::s8, -127, 127, 0.01f, 0);
  const ValueId y = m.requantized(m.conv(x, w, m.random({6}), 1, 1), 0.05f, -9, DType::s8);
  Node slice;
  slice.starts = {0, 5, 1, 0};
  slice.steps = {1, -2, 2, 1};
  const ValueId part = m.add(Op::slice, {y}, {1, 3, 2, 5}, slice);
  Node gather;
  gather.axis = 3;
  gather.indices = {4, 4, 1, 0};
  const ValueId picked = m.add(Op::gather, {part}, {1, 3, 2, 4}, gather);
  Node resize;
  resize.axes = {2, 3};
  resize.positions = {{0, 0.25, 1}, {2.75, 0, 1.5, 3, 0.125}};
  const ValueId large = m.add(Op::resize, {picked}, {1, 3, 3, 5}, resize);
  m.output(m.quantize(large, 0.05f, -9, DType::s8));
  m.output(m.quantize(picked, 0.05f, -9, DType::s8));
  Node arg;
  arg.axis = 1;
  m.output(m.add(Op::arg_max, {picked}, {1, 1, 2, 4}, arg, DType::s64));
  write::ModelSpec spec;
  CHECK(distance(m, true, &spec) <= 1.0f);
  CHECK(count(spec, Kind::resize) == 1);
  CHECK(count(spec, Kind::arg_max) == 1);
}

TEST_CASE("Lowering: interpolation along one axis, and in float") {
  GraphMaker m;
  const ValueId x = m.input({2, 3, 6});
  Node resize;
  resize.axes = {2};
  resize.positions = {{0, 2.5, 5, 1.25}};
  const ValueId y = m.add(Op::resize, {x}, {2, 3, 4}, resize);
  m.output(y);
  Node arg;
  arg.axis = 2;
  m.output(m.add(Op::arg_min, {y}, {2, 3}, arg, DType::s32));
  CHECK(distance(m, false) <= 1e-5f);
}

TEST_CASE("Lowering: interpolation of integers keeps their levels") {
  const DType type = GENERATE(DType::s8, DType::u8);
  GraphMaker m;
  const ValueId x = m.quantize(m.input({1, 3, 4, 3}), 0.02f, type == DType::u8 ? 117 : -9, type);
  Node resize;
  resize.axes = {2, 3};
  resize.positions = {{0, 0.25, 1, 2.75, 3}, {1.5, 2, 0.125}};
  const ValueId y = m.add(Op::resize, {x}, {1, 3, 5, 3}, resize, type);
  m.output(y);
  m.output(m.dequantize(x, 0.02f, type == DType::u8 ? 117 : -9));
  write::ModelSpec spec;
  CHECK(distance(m, true, &spec) <= 1.0f);
  CHECK(count(spec, Kind::resize) == 1);
}
