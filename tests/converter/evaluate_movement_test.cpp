// SPDX-License-Identifier: Apache-2.0
// The float twin's slices, gathers, blocks, resizing, extremes and transposed convolutions, by hand and by
// definition.
#include <catch2/catch.hpp>
#include <numeric>

#include "converter/graph/evaluate.h"

using namespace bulwark::converter;

namespace {

std::vector<float> counting(std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 0.0f);
  return values;
}

/// One node on given tensors.
TensorData run(Node node, const std::vector<TensorData>& inputs, const Shape& shape,
               DType type = DType::f32) {
  Graph graph;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    graph.inputs.push_back(graph.add_value({"in" + std::to_string(i), DType::f32, inputs[i].shape, {}}));
  }
  node.inputs = graph.inputs;
  node.outputs = graph.outputs = {graph.add_value({"out", type, shape, {}})};
  node.name = "node";
  graph.nodes.push_back(std::move(node));
  return evaluate(graph, inputs).at(0);
}

Node node_of(Op op) {
  Node node;
  node.op = op;
  return node;
}

}  // namespace

TEST_CASE("a slice reads starts and steps, also backwards", "[evaluate][movement]") {
  Node node = node_of(Op::slice);
  node.starts = {1, 3};
  node.steps = {1, -2};
  CHECK(run(node, {{{3, 4}, counting(12)}}, {2, 2}).data == std::vector<float>{7, 5, 11, 9});
}

TEST_CASE("a gather repeats and reorders", "[evaluate][movement]") {
  Node node = node_of(Op::gather);
  node.axis = 1;
  node.indices = {2, 0, 2};
  CHECK(run(node, {{{1, 3, 2}, counting(6)}}, {1, 3, 2}).data == std::vector<float>{4, 5, 0, 1, 4, 5});
}

TEST_CASE("blocks go to the batch and come back", "[evaluate][movement]") {
  Node node = node_of(Op::space_to_batch);
  node.kernel = {2, 2};
  node.pads = {0, 1, 1, 0};
  const TensorData x{{1, 3, 3, 1}, counting(9)};
  const TensorData blocks = run(node, {x}, {4, 2, 2, 1});
  // Rows 0, 1, 2 and one of zeros; a column of zeros and columns 0, 1, 2.
  CHECK(blocks.data == std::vector<float>{0, 1, 0, 7, 0, 2, 6, 8, 0, 4, 0, 0, 3, 5, 0, 0});
  node.op = Op::batch_to_space;
  CHECK(run(node, {blocks}, {1, 3, 3, 1}).data == x.data);
}

TEST_CASE("resizing interpolates between neighbours", "[evaluate][movement]") {
  Node node = node_of(Op::resize);
  node.axes = {1, 2};
  node.positions = {{0, 0.5, 1}, {0.25, 1}};
  CHECK(run(node, {{{1, 2, 2, 1}, {0, 4, 8, 12}}}, {1, 3, 2, 1}).data ==
        std::vector<float>{1, 4, 5, 8, 9, 12});
}

TEST_CASE("the first of equal extremes counts", "[evaluate][movement]") {
  const TensorData x{{2, 3}, {1, 5, 5, -2, -2, 0}};
  Node node = node_of(Op::arg_max);
  node.axis = 1;
  CHECK(run(node, {x}, {2}, DType::s64).data == std::vector<float>{1, 2});
  node.op = Op::arg_min;
  CHECK(run(node, {x}, {2, 1}, DType::s32).data == std::vector<float>{0, 0});
  node.axis = 0;
  CHECK(run(node, {x}, {3}, DType::s32).data == std::vector<float>{1, 1, 1});
}

TEST_CASE("a transposed convolution spreads the kernel", "[evaluate][movement]") {
  Node node = node_of(Op::conv_transpose);
  node.kernel = {3};
  node.strides = {2};
  node.dilations = {1};
  node.pads = {1, 0};
  // Full result of [1, 2] * [1, 10, 100], stride 2: 1, 10, 102, 20, 200.
  const TensorData x{{1, 1, 2}, {1, 2}}, w{{1, 1, 3}, {1, 10, 100}}, b{{1}, {0.5f}};
  CHECK(run(node, {x, w, b}, {1, 1, 5}).data == std::vector<float>{10.5f, 102.5f, 20.5f, 200.5f, 0.5f});
  node.groups = 2;
  const TensorData two{{1, 2, 1}, {1, 2}}, kernels{{2, 2, 3}, counting(12)};
  node.pads = {0, 0};
  CHECK(run(node, {two, kernels}, {1, 4, 3}).data ==
        std::vector<float>{0, 1, 2, 3, 4, 5, 12, 14, 16, 18, 20, 22});
}
