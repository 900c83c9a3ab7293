// SPDX-License-Identifier: Apache-2.0
// Each pass keeps the meaning of the graph: the float twin gives the same before and after.
#include "converter/passes/passes.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "tests/converter/convert_graphs.h"
#include "tests/converter/convert_runner.h"

using namespace bulwark::converter;
using bulwark::test::count;
using bulwark::test::GraphMaker;
using bulwark::test::largest_distance;

namespace {

/// Runs the pass and compares the twins on random inputs.
void check_same(GraphMaker& maker, void (*pass)(Graph&), float tolerance = 0) {
  const auto inputs = maker.sample(-2, 2);
  const auto before = evaluate(maker.graph, inputs);
  pass(maker.graph);
  const auto after = evaluate(maker.graph, inputs);
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(before[i].shape == after[i].shape);
  CHECK(largest_distance(before, after) <= tolerance);
}

}  // namespace

TEST_CASE("remove_identities takes out what changes nothing, also in front of an output") {
  GraphMaker m;
  const ValueId x = m.input({2, 3});
  const ValueId a = m.add(Op::identity, {x}, {2, 3});
  const ValueId b = m.add(Op::relu, {a}, {2, 3});
  const ValueId c = m.add(Op::clip, {b}, {2, 3});
  const ValueId d = m.add(Op::reshape, {c}, {2, 3});
  Node transpose;
  transpose.perm = {0, 1};
  m.output(m.add(Op::transpose, {d}, {2, 3}, transpose));
  const std::string name = m.graph[m.graph.outputs[0]].name;
  check_same(m, passes::remove_identities);
  CHECK(m.graph.nodes.size() == 1);
  CHECK(m.graph[m.graph.outputs[0]].name == name);
}

TEST_CASE("remove_identities keeps an identity between an input and an output") {
  GraphMaker m;
  m.output(m.add(Op::identity, {m.input({3})}, {3}));
  check_same(m, passes::remove_identities);
  CHECK(m.graph.nodes.size() == 1);
}

TEST_CASE("fold_constants computes constants and keeps dequantized weights as integers") {
  GraphMaker m;
  const ValueId x = m.input({2, 3});
  const ValueId sum = m.add(Op::add, {m.random({3}), m.random({3})}, {3});
  const ValueId y = m.add(Op::add, {x, sum}, {2, 3});
  Node transpose;
  transpose.perm = {1, 0};
  const ValueId w = m.add(Op::transpose, {m.weights({4, 3}, DType::s8, -9, 9, 0.1f, 0)}, {3, 4}, transpose);
  m.output(m.add(Op::matmul, {y, w}, {2, 4}));
  check_same(m, passes::fold_constants);
  CHECK(count(m.graph, Op::add) == 1);
  CHECK(count(m.graph, Op::transpose) == 0);
  CHECK(count(m.graph, Op::dequantize) >= 1);
}

TEST_CASE("fold_batch_norm folds into float and quantized weights, and becomes a depthwise conv elsewhere") {
  const bool quantized = GENERATE(false, true);
  const bool with_bias = GENERATE(false, true);
  GraphMaker m;
  const ValueId x = m.input({1, 3, 5, 5});
  const ValueId w =
      quantized ? m.weights({4, 3, 3, 3}, DType::s8, -127, 127, 0.01f, 0) : m.random({4, 3, 3, 3});
  const ValueId y = m.conv(x, w, with_bias ? m.random({4}) : kNoValue, 1, 1);
  const auto batch_norm = [&](ValueId v) {
    return m.add(Op::batch_norm,
                 {v, m.random({4}), m.random({4}), m.random({4}), m.floats({4}, {0.5f, 1, 2, 0.25f})},
                 m.shape(v));
  };
  const ValueId z = m.add(Op::relu, {batch_norm(y)}, m.shape(y));
  m.output(batch_norm(z));
  check_same(m, passes::fold_batch_norm, 1e-5f);
  CHECK(count(m.graph, Op::batch_norm) == 0);
  CHECK(count(m.graph, Op::conv) == 2);
}

TEST_CASE("fold_batch_norm folds behind a gemm in both layouts of the weights") {
  const bool trans_b = GENERATE(false, true);
  GraphMaker m;
  Node gemm;
  gemm.trans_b = trans_b;
  gemm.alpha = 0.5f;
  gemm.beta = 2;
  const ValueId y =
      m.add(Op::gemm, {m.input({2, 3}), m.random(trans_b ? Shape{4, 3} : Shape{3, 4}), m.random({4})}, {2, 4},
            gemm);
  m.output(m.add(Op::batch_norm,
                 {y, m.random({4}), m.random({4}), m.random({4}), m.floats({4}, {0.5f, 1, 2, 0.25f})},
                 {2, 4}));
  check_same(m, passes::fold_batch_norm, 1e-5f);
  CHECK(m.graph.nodes.size() == 1);
}

TEST_CASE("fuse_pads moves zero padding into conv and average pool, through quantize and dequantize") {
  const bool quantized = GENERATE(false, true);
  GraphMaker m;
  const ValueId x = m.input({1, 3, 5, 5});
  Node pad;
  pad.pads = {0, 0, 1, 2, 0, 0, 2, 1};
  ValueId p = m.add(Op::pad, {x}, {1, 3, 8, 8}, pad);
  if (quantized) p = m.requantized(p, 0.02f, 5, DType::s8);
  const ValueId y = m.conv(p, m.random({4, 3, 3, 3}), kNoValue);
  Node again;
  again.pads = {0, 0, 1, 1, 0, 0, 1, 1};
  const ValueId q = m.add(Op::pad, {y}, {1, 4, 8, 8}, again);
  m.output(m.pool(Op::average_pool, q, 2, 2));
  check_same(m, passes::fuse_pads, 1e-6f);
  CHECK(count(m.graph, Op::pad) == 0);
}

TEST_CASE("fuse_pads moves padding of minus infinity into a max pool and leaves other values alone") {
  GraphMaker m;
  const ValueId x = m.input({1, 2, 4, 4});
  Node pad;
  pad.pads = {0, 0, 1, 1, 0, 0, 1, 1};
  pad.pad_value = -std::numeric_limits<float>::infinity();
  m.output(m.pool(Op::max_pool, m.add(Op::pad, {x}, {1, 2, 6, 6}, pad), 3, 1));
  pad.pad_value = 1;
  m.output(m.conv(m.add(Op::pad, {x}, {1, 2, 6, 6}, pad), m.random({2, 2, 3, 3}), kNoValue));
  check_same(m, passes::fuse_pads);
  CHECK(count(m.graph, Op::pad) == 1);
}

TEST_CASE("fuse_matmul_bias makes gemms and biases, with rows of any number of axes") {
  GraphMaker m;
  const ValueId x = m.input({2, 5, 3});
  const ValueId y = m.add(Op::matmul, {x, m.random({3, 4})}, {2, 5, 4});
  const ValueId z = m.add(Op::add, {y, m.random({4})}, {2, 5, 4});
  m.output(m.add(Op::add, {z, m.random({1, 1, 4})}, {2, 5, 4}));
  const ValueId v = m.input({1, 2, 4, 4});
  const ValueId c = m.conv(v, m.random({3, 2, 3, 3}), m.random({3}));
  m.output(m.add(Op::add, {m.random({3, 1, 1}), c}, m.shape(c)));
  check_same(m, passes::fuse_matmul_bias, 1e-5f);
  CHECK(count(m.graph, Op::gemm) == 1);
  CHECK(count(m.graph, Op::matmul) == 0);
  CHECK(count(m.graph, Op::add) == 1);  // the operand with three axes stays
}

TEST_CASE("move_quantize_to_inputs makes quantize the only reader of the input") {
  GraphMaker m;
  const ValueId x = m.input({1, 12});
  const ValueId r = m.add(Op::reshape, {x}, {1, 3, 2, 2});
  Node transpose;
  transpose.perm = {0, 2, 3, 1};
  const ValueId t = m.add(Op::transpose, {r}, {1, 2, 2, 3}, transpose);
  m.output(m.quantize(t, 0.01f, 3, DType::u8));
  check_same(m, passes::move_quantize_to_inputs);
  CHECK(m.graph.nodes[0].op == Op::quantize);
  CHECK(m.graph.nodes[0].inputs[0] == m.graph.inputs[0]);
  CHECK(count(m.graph, Op::quantize) == 1);
}

TEST_CASE("to_channels_last moves pictures once and folds the flattening into the weights") {
  GraphMaker m;
  const ValueId x = m.input({1, 3, 8, 8});
  const ValueId a = m.add(Op::relu, {m.conv(x, m.random({4, 3, 3, 3}), m.random({4}), 1, 1)}, {1, 4, 8, 8});
  const ValueId b = m.conv(a, m.random({4, 1, 3, 3}), kNoValue, 1, 1, 4);
  const ValueId sum = m.add(Op::add, {a, b}, {1, 4, 8, 8});
  const ValueId scaled = m.add(Op::mul, {sum, m.random({1, 4, 1, 1})}, {1, 4, 8, 8});
  Node concat;
  concat.axis = 1;
  const ValueId both = m.add(Op::concat, {scaled, x}, {1, 7, 8, 8}, concat);
  const ValueId pooled = m.pool(Op::max_pool, both, 2, 2);
  const ValueId flat = m.add(Op::reshape, {pooled}, {1, 112});
  Node gemm;
  gemm.trans_b = true;
  const ValueId y = m.add(
      Op::gemm, {m.requantized(flat, 0.05f, 0, DType::s8), m.weights({5, 112}, DType::s8, -9, 9, 0.1f, 0)},
      {1, 5}, gemm);
  m.output(y);
  check_same(m, passes::to_channels_last, 1e-5f);
  CHECK(count(m.graph, Op::transpose) == 1);  // the input
  passes::fold_constants(m.graph);
  CHECK(count(m.graph, Op::reshape) == 1);  // the flattening
}

TEST_CASE("to_channels_last restores the source's order where something else needs it") {
  GraphMaker m;
  const ValueId x = m.input({2, 3, 4, 6});
  const ValueId y = m.pool(Op::average_pool, x, 2, 2);
  m.output(y);
  const ValueId flat = m.add(Op::reshape, {y}, {2, 18});
  m.output(m.add(Op::relu, {flat}, {2, 18}));
  Node softmax;
  softmax.axis = 1;
  m.output(m.add(Op::softmax, {flat}, {2, 18}, softmax));
  softmax.axis = 1;
  m.output(m.add(Op::softmax, {y}, m.shape(y), softmax));
  Node transpose;
  transpose.perm = {0, 2, 3, 1};
  m.output(m.add(Op::reshape, {m.add(Op::transpose, {y}, {2, 2, 3, 3}, transpose)}, {2, 18}));
  Node pad;
  pad.pads = {0, 1, 0, 2, 0, 0, 1, 0};
  m.output(m.add(Op::pad, {y}, {2, 4, 3, 5}, pad));
  check_same(m, passes::to_channels_last, 1e-6f);
}

TEST_CASE("to_channels_last takes 1-D pictures") {
  GraphMaker m;
  const ValueId x = m.input({1, 3, 16});
  const ValueId y = m.conv(x, m.random({4, 3, 5}), m.random({4}), 2, 2);
  m.output(m.add(Op::global_average_pool, {y}, {1, 4, 1}));
  check_same(m, passes::to_channels_last, 1e-6f);
}

TEST_CASE("optimize keeps the meaning of a quantized network and settles") {
  GraphMaker m;
  const ValueId x = m.input({1, 64});
  const ValueId picture = m.add(Op::reshape, {x}, {1, 1, 8, 8});
  const ValueId q = m.requantized(picture, 0.02f, 3, DType::u8);
  const ValueId c = m.conv(q, m.weights({4, 1, 3, 3}, DType::s4, -7, 7, 0.05f, 0), m.random({4}), 1, 1);
  const ValueId a = m.requantized(m.add(Op::relu, {c}, m.shape(c)), 0.03f, 0, DType::u8);
  const ValueId flat = m.add(Op::reshape, {m.pool(Op::max_pool, a, 2, 2)}, {1, 64});
  const ValueId y = m.add(Op::matmul, {flat, m.weights({64, 5}, DType::s8, -127, 127, 0.01f, 1)}, {1, 5});
  m.output(m.add(Op::add, {y, m.random({5})}, {1, 5}));
  check_same(m, passes::optimize, 1e-5f);
  const std::size_t nodes = m.graph.nodes.size();
  check_same(m, passes::optimize);
  CHECK(m.graph.nodes.size() == nodes);
  CHECK(count(m.graph, Op::gemm) == 1);
}
