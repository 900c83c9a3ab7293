// SPDX-License-Identifier: Apache-2.0
// The float twin against sums written out by hand, and against a plain convolution in every layout.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "converter/graph/evaluate.h"

using namespace bulwark::converter;

namespace {

/// A graph of one node; inputs that are tensors become graph inputs.
struct OneNode {
  Graph graph;
  std::vector<TensorData> inputs;

  void input(const Shape& shape, std::vector<float> data, DType type = DType::f32) {
    Value value;
    value.name = "in" + std::to_string(graph.inputs.size());
    value.type = type;
    value.shape = shape;
    graph.inputs.push_back(graph.add_value(value));
    inputs.push_back({shape, std::move(data)});
  }
  TensorData run(Node node, const Shape& shape, DType type = DType::f32) {
    Value value;
    value.name = "out";
    value.type = type;
    value.shape = shape;
    node.name = "node";
    node.inputs = graph.inputs;
    node.outputs = {graph.add_value(value)};
    graph.outputs = node.outputs;
    graph.nodes.push_back(std::move(node));
    return evaluate(graph, inputs).at(0);
  }
};

std::vector<float> random_values(std::int64_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> distribution(-1.0f, 1.0f);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& v : values) v = distribution(generator);
  return values;
}

struct ConvCase {
  std::int64_t c, h, w, m, groups, kh, kw, sh, sw, dh, dw, top, left, bottom, right;
  std::int64_t oh() const { return (h + top + bottom - dh * (kh - 1) - 1) / sh + 1; }
  std::int64_t ow() const { return (w + left + right - dw * (kw - 1) - 1) / sw + 1; }
};

/// The definition, N,C,H,W.
std::vector<float> plain_conv(const ConvCase& t, const std::vector<float>& x, const std::vector<float>& w,
                              const std::vector<float>& b, std::int64_t batch) {
  const std::int64_t cg = t.c / t.groups, mg = t.m / t.groups;
  std::vector<float> y;
  for (std::int64_t n = 0; n < batch; ++n) {
    for (std::int64_t m = 0; m < t.m; ++m) {
      for (std::int64_t i = 0; i < t.oh() * t.ow(); ++i) {
        double sum = static_cast<double>(b[static_cast<std::size_t>(m)]);
        for (std::int64_t k = 0; k < cg * t.kh * t.kw; ++k) {
          const std::int64_t c = k / (t.kh * t.kw), ky = k / t.kw % t.kh, kx = k % t.kw;
          const std::int64_t iy = i / t.ow() * t.sh - t.top + ky * t.dh,
                             ix = i % t.ow() * t.sw - t.left + kx * t.dw;
          if (iy < 0 || iy >= t.h || ix < 0 || ix >= t.w) continue;
          const std::int64_t at = ((n * t.c + m / mg * cg + c) * t.h + iy) * t.w + ix;
          sum += static_cast<double>(x[static_cast<std::size_t>(at)]) *
                 static_cast<double>(w[static_cast<std::size_t>(m * cg * t.kh * t.kw + k)]);
        }
        y.push_back(static_cast<float>(sum));
      }
    }
  }
  return y;
}

Node conv_node(const ConvCase& t) {
  Node node;
  node.op = Op::conv;
  node.kernel = {t.kh, t.kw};
  node.strides = {t.sh, t.sw};
  node.dilations = {t.dh, t.dw};
  node.pads = {t.top, t.left, t.bottom, t.right};
  node.groups = t.groups;
  return node;
}

std::vector<float> to_channels_last(const std::vector<float>& x, std::int64_t n, std::int64_t c,
                                    std::int64_t pixels) {
  std::vector<float> y(x.size());
  for (std::int64_t i = 0; i < n * c * pixels; ++i) {
    const std::int64_t picture = i / (c * pixels), channel = i / pixels % c, p = i % pixels;
    y[static_cast<std::size_t>((picture * pixels + p) * c + channel)] = x[static_cast<std::size_t>(i)];
  }
  return y;
}

void check_close(const std::vector<float>& a, const std::vector<float>& b, float tolerance) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO("element " << i);
    REQUIRE(std::abs(a[i] - b[i]) <= tolerance);
  }
}

}  // namespace

TEST_CASE("the twin's convolution equals its definition in both layouts", "[evaluate]") {
  const ConvCase cases[] = {
      {3, 7, 6, 4, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1},  {4, 9, 8, 6, 2, 3, 2, 2, 1, 1, 2, 0, 2, 1, 1},
      {5, 6, 6, 5, 5, 3, 3, 2, 2, 1, 1, 1, 0, 1, 2},  {2, 40, 41, 3, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0},
      {6, 5, 5, 12, 6, 5, 5, 1, 1, 1, 1, 2, 2, 2, 2}, {1, 12, 3, 2, 1, 4, 3, 3, 1, 2, 1, 0, 0, 2, 0},
  };
  for (const ConvCase& t : cases) {
    const std::int64_t batch = 2;
    const std::vector<float> x = random_values(batch * t.c * t.h * t.w, 1);
    const std::vector<float> w = random_values(t.m * t.c / t.groups * t.kh * t.kw, 2),
                             b = random_values(t.m, 3);
    const std::vector<float> expected = plain_conv(t, x, w, b, batch);
    const Shape w_shape = {t.m, t.c / t.groups, t.kh, t.kw};

    OneNode first;
    first.input({batch, t.c, t.h, t.w}, x);
    first.input(w_shape, w);
    first.input({t.m}, b);
    check_close(first.run(conv_node(t), {batch, t.m, t.oh(), t.ow()}).data, expected, 1e-6f);

    OneNode last;
    last.input({batch, t.h, t.w, t.c}, to_channels_last(x, batch, t.c, t.h * t.w));
    last.input(w_shape, w);
    last.input({t.m}, b);
    Node node = conv_node(t);
    node.channels_last = true;
    check_close(last.run(node, {batch, t.oh(), t.ow(), t.m}).data,
                to_channels_last(expected, batch, t.m, t.oh() * t.ow()), 1e-6f);
  }
}

TEST_CASE("the twin's 1-D convolution", "[evaluate]") {
  OneNode one;
  one.input({1, 1, 5}, {1, 2, 3, 4, 5});
  one.input({1, 1, 3}, {1, 0, -1});
  Node node;
  node.op = Op::conv;
  node.kernel = {3};
  node.strides = {2};
  node.dilations = {1};
  node.pads = {1, 1};
  CHECK(one.run(node, {1, 1, 3}).data == std::vector<float>{-2, -2, 4});
}

TEST_CASE("the twin's gemm transposes, scales and broadcasts its bias", "[evaluate]") {
  OneNode one;
  one.input({2, 3}, {1, 2, 3, 4, 5, 6});  // x, transposed: [3,2]
  one.input({2, 2}, {1, 2, 3, 4});        // w, transposed
  one.input({3, 1}, {10, 20, 30});        // one per row
  Node node;
  node.op = Op::gemm;
  node.trans_a = node.trans_b = true;
  node.alpha = 2;
  node.beta = 0.5f;
  // rows of x': (1,4) (2,5) (3,6); columns of w': (1,2) (3,4)
  CHECK(one.run(node, {3, 2}).data == std::vector<float>{23, 43, 34, 62, 45, 81});
}

TEST_CASE("the twin's matmul broadcasts batches", "[evaluate]") {
  OneNode one;
  one.input({2, 1, 1, 2}, {1, 2, 3, 4});
  one.input({2, 2, 1}, {1, 1, 1, -1});
  Node node;
  node.op = Op::matmul;
  CHECK(one.run(node, {2, 2, 1, 1}).data == std::vector<float>{3, -1, 7, -1});
}

TEST_CASE("the twin's pools count padding as told", "[evaluate]") {
  const auto pool = [](Op op, bool count, std::vector<std::int64_t> pads) {
    OneNode one;
    one.input({1, 1, 2, 2}, {-1, -2, -3, -4});
    Node node;
    node.op = op;
    node.kernel = {2, 2};
    node.strides = {2, 2};
    node.dilations = {1, 1};
    node.pads = std::move(pads);
    node.count_include_pad = count;
    return one.run(node, {1, 1, 2, 2}).data;
  };
  CHECK(pool(Op::max_pool, false, {1, 1, 1, 1}) == std::vector<float>{-1, -2, -3, -4});
  CHECK(pool(Op::average_pool, false, {1, 1, 1, 1}) == std::vector<float>{-1, -2, -3, -4});
  CHECK(pool(Op::average_pool, true, {1, 1, 1, 1}) == std::vector<float>{-0.25f, -0.5f, -0.75f, -1.0f});
  // The last window reaches beyond the padded input (ceil mode): what lies beyond is never counted.
  CHECK(pool(Op::average_pool, true, {1, 1, 0, 0}) == std::vector<float>{-0.25f, -1.0f, -1.5f, -4.0f});
}

TEST_CASE("the twin's global pools in both layouts", "[evaluate]") {
  for (const bool last : {false, true}) {
    OneNode one;
    one.input(last ? Shape{1, 1, 3, 2} : Shape{1, 2, 1, 3},
              last ? std::vector<float>{1, 10, 2, 20, 6, 60} : std::vector<float>{1, 2, 6, 10, 20, 60});
    Node node;
    node.op = Op::global_average_pool;
    node.channels_last = last;
    CHECK(one.run(node, last ? Shape{1, 1, 1, 2} : Shape{1, 2, 1, 1}).data == std::vector<float>{3, 30});
  }
}

TEST_CASE("the twin's elementwise operators broadcast", "[evaluate]") {
  OneNode one;
  one.input({2, 1, 2}, {1, 2, 3, 4});
  one.input({3, 1}, {10, 20, 30});
  Node node;
  node.op = Op::sub;
  CHECK(one.run(node, {2, 3, 2}).data ==
        std::vector<float>{-9, -8, -19, -18, -29, -28, -7, -6, -17, -16, -27, -26});
}

TEST_CASE("the twin quantizes with ties to even and saturates", "[evaluate]") {
  OneNode one;
  one.input({2, 3}, {0.5f, 1.5f, 100.0f, 1.0f, -3.0f, -100.0f});
  one.input({2}, {1.0f, 2.0f});
  one.input({2}, {0, 1}, DType::s4);
  Node node;
  node.op = Op::quantize;
  node.axis = 0;
  // row 1: 0.5 -> 0 + 1, -1.5 -> -2 + 1
  CHECK(one.run(node, {2, 3}, DType::s4).data == std::vector<float>{0, 2, 7, 1, -1, -8});
}

TEST_CASE("the twin moves data", "[evaluate]") {
  SECTION("transpose") {
    OneNode one;
    one.input({2, 1, 3}, {1, 2, 3, 4, 5, 6});
    Node node;
    node.op = Op::transpose;
    node.perm = {2, 0, 1};
    CHECK(one.run(node, {3, 2, 1}).data == std::vector<float>{1, 4, 2, 5, 3, 6});
  }
  SECTION("concat") {
    OneNode one;
    one.input({2, 1}, {1, 2});
    one.input({2, 2}, {3, 4, 5, 6});
    Node node;
    node.op = Op::concat;
    node.axis = 1;
    CHECK(one.run(node, {2, 3}).data == std::vector<float>{1, 3, 4, 2, 5, 6});
  }
  SECTION("pad") {
    OneNode one;
    one.input({1, 2}, {1, 2});
    Node node;
    node.op = Op::pad;
    node.pads = {1, 0, 0, 1};
    node.pad_value = 9;
    CHECK(one.run(node, {2, 3}).data == std::vector<float>{9, 9, 9, 1, 2, 9});
  }
}

TEST_CASE("the twin's softmax sums along its axis", "[evaluate]") {
  OneNode one;
  one.input({2, 2}, {0, 1000, 0, 1000});
  Node node;
  node.op = Op::softmax;
  node.axis = 0;
  CHECK(one.run(node, {2, 2}).data == std::vector<float>{0.5f, 0.5f, 0.5f, 0.5f});
}

TEST_CASE("the twin refuses an input of another shape", "[evaluate]") {
  OneNode one;
  one.input({2}, {1, 2, 3});
  Node node;
  node.op = Op::relu;
  CHECK_THROWS_WITH(one.run(node, {2}), Catch::Contains("input 'in0' has shape [2]"));
}

TEST_CASE("the twin computes what depends on constants once, and shows it to observers in every run",
          "[evaluate]") {
  Graph graph;
  Value x{"x", DType::f32, {2}, {}}, w{"w", DType::s8, {2}, Constant{{}, {3, -4}}},
      d{"d", DType::f32, {2}, {}};
  Value scale{"s", DType::f32, {}, Constant{{0.5f}, {}}}, zero{"z", DType::s8, {}, Constant{{}, {1}}},
      y{"y", DType::f32, {2}, {}};
  for (const Value& value : {x, w, scale, zero, d, y}) graph.add_value(value);
  Node dequantize, add;
  dequantize.op = Op::dequantize;
  dequantize.inputs = {1, 2, 3};
  dequantize.outputs = {4};
  add.op = Op::add;
  add.inputs = {0, 4};
  add.outputs = {5};
  graph.nodes = {dequantize, add};
  graph.inputs = {0};
  graph.outputs = {5};
  const Evaluator twin(graph);
  for (int run = 0; run < 2; ++run) {
    std::vector<ValueId> seen;
    const auto observer = [&](const Graph&, ValueId id, const TensorData& tensor) {
      seen.push_back(id);
      CHECK(tensor.data.size() == 2);
    };
    CHECK(twin.run({{{2}, {10, 20}}}, observer).at(0).data == std::vector<float>{11.0f, 17.5f});
    CHECK(seen == std::vector<ValueId>{4, 5});
  }
}
