// SPDX-License-Identifier: Apache-2.0
// QuantizeLinear, DequantizeLinear and the QLinear operators: what they become, and that the twin of it gives
// the integers of the definition.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/converter/onnx_builder.h"

using namespace bulwark;
using converter::DType;
using converter::Graph;
using converter::Node;
using converter::Op;
using converter::Shape;
using tests::OnnxBuilder;
using tests::set;
using Ints = std::vector<std::int64_t>;
using Floats = std::vector<float>;

namespace {

constexpr std::int32_t kUint8 = 2, kInt8 = 3, kInt32 = 6, kInt4 = 22, kUint4 = 21;
const char* const kMicrosoft = "com.microsoft";

const Node& node_named(const Graph& graph, const std::string& name) {
  const auto found =
      std::find_if(graph.nodes.begin(), graph.nodes.end(), [&](const Node& n) { return n.name == name; });
  REQUIRE(found != graph.nodes.end());
  return *found;
}

/// x u8 [1,1,3] at scale 0.5, zero point 10; w s8 [2,1,1] at scales 0.25 and 2; bias 4 and -3; y u8 at scale
/// 0.125, zero point 100.
OnnxBuilder qlinear_conv() {
  OnnxBuilder b(13);
  b.input("x", {1, 1, 3}, kUint8).output("y", kUint8);
  b.floats("xs", {}, {0.5f}).ints("xz", kUint8, {}, {10});
  b.ints("w", kInt8, {2, 1, 1}, {3, -1}).floats("ws", {2}, {0.25f, 2.0f}).ints("wz", kInt8, {2}, {0, 0});
  b.floats("ys", {}, {0.125f}).ints("yz", kUint8, {}, {100}).ints("b", kInt32, {2}, {4, -3});
  b.node("QLinearConv", {"x", "xs", "xz", "w", "ws", "wz", "ys", "yz", "b"}, {"y"}).set_name("conv");
  return b;
}

}  // namespace

TEST_CASE("QLinearConv becomes dequantize, conv, quantize and keeps its int32 bias", "[import]") {
  const OnnxBuilder b = qlinear_conv();
  const Graph graph = b.import();
  const Node& bias = node_named(graph, "conv.bias");
  CHECK(graph[bias.inputs[0]].constant->ints == Ints{4, -3});
  CHECK(graph[bias.inputs[0]].type == DType::s32);
  CHECK(graph[bias.inputs[1]].constant->floats == Floats{0.125f, 1.0f});
  CHECK(node_named(graph, "conv").op == Op::quantize);
  CHECK(node_named(graph, "conv.real").op == Op::conv);
  CHECK(node_named(graph, "conv.weights").axis == 0);
  // Channel 0: ((x - 10) * 3 + 4) * 0.125 / 0.125 + 100; channel 1: ((x - 10) * -1 - 3) * 1 / 0.125 + 100.
  CHECK(b.run({{10, 12, 0}}).data == Floats{104, 110, 74, 76, 60, 156});
}

TEST_CASE("the bias's scale is formed in double", "[import]") {
  OnnxBuilder b = qlinear_conv();
  const float x = 0.1f, w = 0.3f;
  b.graph().mutable_initializer(0)->set_float_data(0, x);
  b.graph().mutable_initializer(3)->set_float_data(0, w);
  const Graph graph = b.import();
  const float scale = graph[node_named(graph, "conv.bias").inputs[1]].constant->floats[0];
  CHECK(scale == static_cast<float>(static_cast<double>(x) * static_cast<double>(w)));
}

TEST_CASE("QLinearMatMul takes a scale per column", "[import]") {
  OnnxBuilder b(13);
  b.input("a", {1, 2}, kInt8).output("y", kInt8);
  b.floats("as", {}, {1}).ints("az", kInt8, {}, {1}).ints("w", kInt8, {2, 2}, {1, 2, 3, 4});
  b.floats("ws", {2}, {1, 10})
      .ints("wz", kInt8, {2}, {0, 1})
      .floats("ys", {}, {1})
      .ints("yz", kInt8, {}, {-1});
  b.node("QLinearMatMul", {"a", "as", "az", "w", "ws", "wz", "ys", "yz"}, {"y"});
  // a - 1 = (1, 2): columns (1, 3) * 1 and (1, 3) * 10.
  CHECK(b.run({{2, 3}}).data == Floats{6, 69});
}

TEST_CASE("QGemm: transposed weights, alpha in the bias, integer or float output", "[import]") {
  const bool integers = GENERATE(false, true);
  OnnxBuilder b(13, 1);
  b.input("a", {1, 2}, kInt8).output("y", integers ? kInt8 : 1);
  b.floats("as", {}, {0.5f}).ints("az", kInt8, {}, {0}).ints("w", kInt8, {2, 2}, {1, 3, 2, 4});
  b.floats("ws", {2}, {1, 2}).ints("wz", kInt8, {2}, {0, 0}).ints("c", kInt32, {2}, {10, -10});
  b.floats("ys", {}, {1}).ints("yz", kInt8, {}, {5});
  onnx::NodeProto& node = b.node("QGemm", {"a", "as", "az", "w", "ws", "wz", "c"}, {"y"}, kMicrosoft);
  set(set(node, "transB", std::int64_t{1}), "alpha", 2.0f).set_name("fc");
  if (integers) {
    node.add_input("ys");
    node.add_input("yz");
  }
  const Graph graph = b.import();
  CHECK(graph[node_named(graph, "fc.bias").inputs[1]].constant->floats == Floats{1, 2});
  // 2 * (1, 2) * 0.5 . (1, 3) * 1 + 10 = 17; 2 * (1, 2) * 0.5 . (2, 4) * 2 - 20 = 0
  CHECK(b.run({{1, 2}}).data == (integers ? Floats{22, 5} : Floats{17, 0}));
}

TEST_CASE("com.microsoft's QLinear operators", "[import]") {
  OnnxBuilder b(13, 1);
  b.floats("s1", {}, {1}).floats("s2", {}, {2}).ints("z0", kInt8, {}, {0}).ints("z1", kInt8, {}, {1});
  b.output("y", kInt8);
  SECTION("QLinearAdd broadcasts") {
    b.input("a", {2, 2}, kInt8).input("b", {2}, kInt8);
    b.node("QLinearAdd", {"a", "s1", "z0", "b", "s2", "z1", "s1", "z1"}, {"y"}, kMicrosoft);
    CHECK(b.run({{1, 2, 3, 4}, {1, 3}}).data == Floats{2, 7, 4, 9});
  }
  SECTION("QLinearConcat") {
    b.input("a", {1, 2}, kInt8).input("b", {1, 1}, kInt8);
    set(b.node("QLinearConcat", {"s1", "z0", "a", "s1", "z1", "b", "s2", "z0"}, {"y"}, kMicrosoft), "axis",
        std::int64_t{1});
    CHECK(b.run({{1, 2}, {3}}).data == Floats{0, 1, 6});
  }
  SECTION("QLinearGlobalAveragePool in both layouts") {
    const bool last = GENERATE(false, true);
    b.input("a", last ? Ints{1, 1, 2, 2} : Ints{1, 2, 1, 2}, kInt8);
    set(b.node("QLinearGlobalAveragePool", {"a", "s2", "z0", "s1", "z1"}, {"y"}, kMicrosoft), "channels_last",
        std::int64_t{last});
    const converter::TensorData y = b.run({last ? Floats{1, 10, 3, 20} : Floats{1, 3, 10, 20}});
    CHECK(y.data == Floats{5, 31});
    CHECK(y.shape == (last ? Shape{1, 1, 1, 2} : Shape{1, 2, 1, 1}));
  }
  SECTION("QLinearAveragePool") {
    b.input("a", {1, 1, 4}, kInt8);
    onnx::NodeProto& node = b.node("QLinearAveragePool", {"a", "s2", "z0", "s1", "z1"}, {"y"}, kMicrosoft);
    set(set(node, "kernel_shape", Ints{2}), "strides", Ints{2});
    CHECK(b.run({{1, 2, 3, 5}}).data == Floats{4, 9});
  }
  SECTION("QLinearSoftmax follows the opset it names") {
    b.input("a", {1, 2, 2}, kInt8).floats("tiny", {}, {1.0f / 128});
    onnx::NodeProto& node = b.node("QLinearSoftmax", {"a", "s1", "z0", "tiny", "z0"}, {"y"}, kMicrosoft);
    set(set(node, "opset", std::int64_t{12}), "axis", std::int64_t{1});
    CHECK(b.run({{0, 0, 0, 0}}).data == Floats{32, 32, 32, 32});
  }
}

TEST_CASE("QuantizeLinear and DequantizeLinear: defaults", "[import]") {
  SECTION("no zero point is 0 of uint8") {
    OnnxBuilder b(13);
    b.input("x", {3}).floats("s", {}, {0.5f}).output("y", kUint8);
    b.node("QuantizeLinear", {"x", "s"}, {"y"});
    CHECK(b.run({{-1, 1.25f, 200}}).data == Floats{0, 2, 255});
    const Graph graph = b.import();
    CHECK(graph[graph.outputs[0]].type == DType::u8);
    CHECK(graph.nodes[0].inputs.size() == 3);
  }
  SECTION("output_dtype says the type without a zero point") {
    OnnxBuilder b(21);
    b.input("x", {2}).floats("s", {}, {1}).output("y", kInt4);
    set(b.node("QuantizeLinear", {"x", "s"}, {"y"}), "output_dtype", std::int64_t{kInt4});
    CHECK(b.run({{-100, 100}}).data == Floats{-8, 7});
  }
  SECTION("the default axis is 1, a negative one counts from the back") {
    for (const std::int64_t axis : {1, -1}) {
      OnnxBuilder b(13);
      b.input("x", {2, 2}, kInt8).floats("s", {2}, {1, 10}).ints("z", kInt8, {2}, {0, 1}).output("y");
      onnx::NodeProto& node = b.node("DequantizeLinear", {"x", "s", "z"}, {"y"});
      if (axis != 1) set(node, "axis", axis);
      CHECK(b.run({{1, 2, 3, 4}}).data == Floats{1, 10, 3, 30});
    }
  }
}

TEST_CASE("4-bit constants are two to a byte, the low half first", "[import]") {
  const bool is_signed = GENERATE(true, false);
  const std::int32_t type = is_signed ? kInt4 : kUint4;
  OnnxBuilder b(21);
  b.input("x", {3}).floats("s", {}, {1}).output("y");
  const bool raw = GENERATE(false, true);
  if (raw) {
    onnx::TensorProto& tensor = *b.graph().add_initializer();
    tensor.set_name("w");
    tensor.set_data_type(type);
    tensor.add_dims(3);
    tensor.set_raw_data(std::string("\x8f\x07", 2));
  } else {
    b.ints("w", type, {3}, {15, 8, 7});
  }
  b.node("DequantizeLinear", {"w", "s"}, {"d"});
  b.node("Add", {"x", "d"}, {"y"});
  CHECK(b.run({{0, 0, 0}}).data == (is_signed ? Floats{-1, -8, 7} : Floats{15, 8, 7}));
}

TEST_CASE("quantized weights are computed at import, dequantized ones stay", "[import]") {
  OnnxBuilder b(13);
  b.input("x", {1, 2})
      .floats("w", {2, 1}, {0.6f, -0.2f})
      .floats("s", {}, {0.2f})
      .ints("z", kInt8, {}, {0})
      .output("y");
  b.node("QuantizeLinear", {"w", "s", "z"}, {"wq"});
  b.node("DequantizeLinear", {"wq", "s", "z"}, {"wd"});
  b.node("MatMul", {"x", "wd"}, {"y"});
  const Graph graph = b.import();
  REQUIRE(graph.nodes.size() == 2);
  CHECK(graph.nodes[0].op == Op::dequantize);
  CHECK(graph[graph.nodes[0].inputs[0]].constant->ints == Ints{3, -1});
}

TEST_CASE("the small quantized model imports and runs", "[import]") {
  const OnnxBuilder b = tests::small_qdq_model();
  const converter::TensorData y = b.run({Floats(72, 1.0f)});
  CHECK(y.shape == Shape{1, 3});
  CHECK(std::all_of(y.data.begin(), y.data.end(), [](float v) { return std::isfinite(v); }));
}
