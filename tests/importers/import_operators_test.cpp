// SPDX-License-Identifier: Apache-2.0
// Attribute defaults, opset differences and shape arithmetic of the float operators, on models of a few
// nodes.
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "tests/converter/onnx_builder.h"

using namespace bulwark;
using converter::Graph;
using converter::Op;
using converter::Shape;
using tests::OnnxBuilder;
using tests::set;
using Ints = std::vector<std::int64_t>;
using Floats = std::vector<float>;

namespace {

constexpr std::int32_t kInt64 = 7, kInt8 = 3, kBool = 9;

const converter::Node& only_node(const Graph& graph) {
  REQUIRE(graph.nodes.size() == 1);
  return graph.nodes[0];
}

Shape output_shape(const Graph& graph) { return graph[graph.outputs.at(0)].shape; }

Graph pool(const char* type, std::int64_t ceil_mode, std::int64_t count_include_pad, const Ints& pads,
           std::int64_t size) {
  OnnxBuilder b(13);
  b.input("x", {1, 1, size}).output("y");
  onnx::NodeProto& node = b.node(type, {"x"}, {"y"});
  set(set(set(set(node, "kernel_shape", Ints{3}), "strides", Ints{2}), "pads", pads), "ceil_mode", ceil_mode);
  if (count_include_pad) set(node, "count_include_pad", count_include_pad);
  return b.import();
}

}  // namespace

TEST_CASE("Conv: auto_pad puts the odd padding where it says", "[import]") {
  const auto [mode, pads, width] = GENERATE(table<const char*, Ints, std::int64_t>(
      {{"SAME_UPPER", {0, 1}, 3}, {"SAME_LOWER", {1, 0}, 3}, {"VALID", {0, 0}, 2}, {"NOTSET", {0, 0}, 2}}));
  OnnxBuilder b;
  b.input("x", {1, 1, 6}).floats("w", {1, 1, 3}, {1, 1, 1}).output("y");
  set(set(b.node("Conv", {"x", "w"}, {"y"}), "auto_pad", mode), "strides", Ints{2});
  const Graph graph = b.import();
  CHECK(only_node(graph).pads == pads);
  CHECK(output_shape(graph) == Shape{1, 1, width});
  CHECK(only_node(graph).dilations == Ints{1});
  CHECK(only_node(graph).kernel == Ints{3});
}

TEST_CASE("pools: ceil mode becomes padding where that is exact", "[import]") {
  const Graph maximum = pool("MaxPool", 1, 0, {0, 0}, 6);
  CHECK(output_shape(maximum) == Shape{1, 1, 3});
  CHECK(only_node(maximum).pads == Ints{0, 1});
  CHECK_FALSE(only_node(maximum).ceil_mode);

  const Graph average = pool("AveragePool", 1, 1, {0, 0}, 6);
  CHECK(output_shape(average) == Shape{1, 1, 3});
  CHECK(only_node(average).pads == Ints{0, 0});
  CHECK(only_node(average).ceil_mode);

  // Nothing is cut off: the same as without.
  CHECK_FALSE(only_node(pool("AveragePool", 1, 1, {0, 0}, 7)).ceil_mode);
  // The last window would start in the padding behind the input.
  CHECK(output_shape(pool("MaxPool", 1, 0, {1, 2}, 4)) == Shape{1, 1, 3});
}

TEST_CASE("Reshape, Flatten, Squeeze and Unsqueeze in every opset", "[import]") {
  OnnxBuilder b(GENERATE(11, 13));
  const bool as_input = b.model.opset_import(0).version() >= 13;
  b.input("x", {2, 3, 1, 4}).output("y");
  Shape expected;
  SECTION("Reshape copies and works out") {
    b.ints("s", kInt64, {3}, {0, -1, 2});
    b.node("Reshape", {"x", "s"}, {"y"});
    expected = {2, 6, 2};
  }
  SECTION("Flatten at a negative axis") {
    set(b.node("Flatten", {"x"}, {"y"}), "axis", std::int64_t{-1});
    expected = {6, 4};
  }
  SECTION("Flatten behind the last axis") {
    set(b.node("Flatten", {"x"}, {"y"}), "axis", std::int64_t{4});
    expected = {24, 1};
  }
  SECTION("Squeeze what is 1") {
    b.node("Squeeze", {"x"}, {"y"});
    expected = {2, 3, 4};
  }
  SECTION("Squeeze a named axis") {
    if (as_input) {
      b.ints("a", kInt64, {1}, {-2});
      b.node("Squeeze", {"x", "a"}, {"y"});
    } else {
      set(b.node("Squeeze", {"x"}, {"y"}), "axes", Ints{-2});
    }
    expected = {2, 3, 4};
  }
  SECTION("Unsqueeze") {
    if (as_input) {
      b.ints("a", kInt64, {2}, {-1, 0});
      b.node("Unsqueeze", {"x", "a"}, {"y"});
    } else {
      set(b.node("Unsqueeze", {"x"}, {"y"}), "axes", Ints{-1, 0});
    }
    expected = {1, 2, 3, 1, 4, 1};
  }
  const Graph graph = b.import();
  CHECK(only_node(graph).op == Op::reshape);
  CHECK(output_shape(graph) == expected);
}

TEST_CASE("shape arithmetic around Reshape is done at import", "[import]") {
  OnnxBuilder b;
  b.input("x", {-1, 3, 2, 2}).output("y");
  b.ints("zero", kInt64, {}, {0}).ints("axis", kInt64, {1}, {0}).ints("rest", kInt64, {1}, {-1});
  b.node("Shape", {"x"}, {"shape"});
  b.node("Gather", {"shape", "zero"}, {"batch"});
  b.node("Unsqueeze", {"batch", "axis"}, {"batches"});
  set(b.node("Concat", {"batches", "rest"}, {"wanted"}), "axis", std::int64_t{0});
  b.node("Reshape", {"x", "wanted"}, {"y"});
  const Graph graph = b.import();
  CHECK(only_node(graph).op == Op::reshape);
  CHECK(output_shape(graph) == Shape{1, 12});
}

TEST_CASE("quotients of integers that are known are worked out at import, and not by zero", "[import]") {
  const auto divide = [](std::int64_t a, std::int64_t b) {
    OnnxBuilder builder(13);
    builder.input("x", {2, 12}).ints("a", kInt64, {1}, {a}).ints("b", kInt64, {1}, {b}).output("y");
    builder.node("Div", {"a", "b"}, {"size"});
    builder.node("Reshape", {"x", "size"}, {"y"});
    return builder.import();
  };
  CHECK(output_shape(divide(49, 2)) == Shape{24});
  CHECK_THROWS_WITH(divide(49, 0), Catch::Contains("divides 49 by 0"));
}

TEST_CASE("dimensions without a size: the batch is 1, others must be given", "[import]") {
  OnnxBuilder b;
  b.input("x", {2, -1}).output("y");
  b.node("Relu", {"x"}, {"y"});
  CHECK_THROWS_WITH(b.import(), Catch::Contains("input 'x': dimension 1 ('N') has no size"));
  CHECK(output_shape(b.import({{{"N", 5}}, {}})) == Shape{2, 5});
  CHECK(output_shape(b.import({{{"x:1", 7}}, {}})) == Shape{2, 7});
}

TEST_CASE("Clip: bounds are attributes before opset 11, inputs after", "[import]") {
  SECTION("attributes") {
    OnnxBuilder b(10);
    b.input("x", {3}).output("y");
    set(set(b.node("Clip", {"x"}, {"y"}), "min", 0.0f), "max", 6.0f);
    CHECK(b.run({{-1, 5, 7}}).data == Floats{0, 5, 6});
  }
  SECTION("inputs, one absent") {
    OnnxBuilder b(11);
    b.input("x", {3}).floats("hi", {}, {6}).output("y");
    b.node("Clip", {"x", "", "hi"}, {"y"});
    CHECK(b.run({{-1, 5, 7}}).data == Floats{-1, 5, 6});
  }
  SECTION("the upper bound wins") {
    OnnxBuilder b(13);
    b.input("x", {2}).floats("lo", {}, {3}).floats("hi", {}, {1}).output("y");
    b.node("Clip", {"x", "lo", "hi"}, {"y"});
    CHECK(b.run({{0, 9}}).data == Floats{1, 1});
  }
  SECTION("integers") {
    OnnxBuilder b(13);
    b.input("x", {3}, kInt8).ints("lo", kInt8, {}, {-5}).ints("hi", kInt8, {}, {100}).output("y", kInt8);
    b.node("Clip", {"x", "lo", "hi"}, {"y"});
    CHECK(b.run({{-128, 7, 127}}).data == Floats{-5, 7, 100});
  }
}

TEST_CASE("Softmax: axes from the given one on count as one before opset 13", "[import]") {
  const auto sums = [](std::int64_t opset) {
    OnnxBuilder b(opset);
    b.input("x", {1, 2, 2}).output("y");
    b.node("Softmax", {"x"}, {"y"});
    const Floats y = b.run({{0, 0, 0, 0}}).data;
    return y[0];
  };
  CHECK(sums(11) == 0.25f);
  CHECK(sums(13) == 0.5f);
}

TEST_CASE("Pad: amounts are attributes before opset 11; axes since 18", "[import]") {
  const Floats expected = {9, 1, 2, 9, 9};
  SECTION("attributes") {
    OnnxBuilder b(10);
    b.input("x", {1, 2}).output("y");
    set(set(b.node("Pad", {"x"}, {"y"}), "pads", Ints{0, 1, 0, 2}), "value", 9.0f);
    CHECK(b.run({{1, 2}}).data == expected);
  }
  SECTION("inputs") {
    OnnxBuilder b(13);
    b.input("x", {1, 2}).ints("p", kInt64, {4}, {0, 1, 0, 2}).floats("v", {}, {9}).output("y");
    b.node("Pad", {"x", "p", "v"}, {"y"});
    CHECK(b.run({{1, 2}}).data == expected);
  }
  SECTION("axes") {
    OnnxBuilder b(18);
    b.input("x", {1, 2})
        .ints("p", kInt64, {2}, {1, 2})
        .floats("v", {}, {9})
        .ints("a", kInt64, {1}, {-1})
        .output("y");
    b.node("Pad", {"x", "p", "v", "a"}, {"y"});
    CHECK(b.run({{1, 2}}).data == expected);
  }
}

TEST_CASE("Div by a constant multiplies, Dropout and Identity vanish", "[import]") {
  OnnxBuilder b(13);
  b.input("x", {2})
      .floats("four", {}, {4})
      .floats("ratio", {}, {0.5f})
      .ints("train", kBool, {}, {0})
      .output("y");
  b.node("Div", {"x", "four"}, {"a"});
  b.node("Dropout", {"a", "ratio", "train"}, {"b", "mask"});
  b.node("Identity", {"b"}, {"y"});
  CHECK(b.run({{1, 6}}).data == Floats{0.25f, 1.5f});
  CHECK(b.import().nodes[0].op == Op::mul);
}

TEST_CASE("ReduceMean over the spatial axes is a global average", "[import]") {
  const bool as_input = GENERATE(false, true);
  const std::int64_t keep = GENERATE(0, 1);
  OnnxBuilder b(as_input ? 18 : 13);
  b.input("x", {1, 2, 2, 2}).ints("axes", kInt64, {2}, {-1, -2}).output("y");
  onnx::NodeProto& node = b.node("ReduceMean", {"x"}, {"y"});
  if (as_input) {
    node.add_input("axes");
  } else {
    set(node, "axes", Ints{2, 3});
  }
  set(node, "keepdims", keep);
  const converter::TensorData y = b.run({{1, 2, 3, 4, 10, 20, 30, 40}});
  CHECK(y.data == Floats{2.5f, 25.0f});
  CHECK(y.shape == (keep ? Shape{1, 2, 1, 1} : Shape{1, 2}));
}

TEST_CASE("BatchNormalization", "[import]") {
  OnnxBuilder b(GENERATE(9, 15));
  b.input("x", {1, 2, 1}).output("y");
  b.floats("s", {2}, {1, 2}).floats("b", {2}, {0, 1}).floats("m", {2}, {1, 2}).floats("v", {2}, {4, 0.25f});
  set(b.node("BatchNormalization", {"x", "s", "b", "m", "v"}, {"y"}), "epsilon", 0.0f);
  set(*b.graph().mutable_node(0), "momentum", 0.9f);
  CHECK(b.run({{5, 3}}).data == Floats{2, 5});
}

TEST_CASE("Gemm and MatMul work out their shapes", "[import]") {
  OnnxBuilder b(13);
  b.input("x", {2, 1, 3}).floats("w", {3, 2}, {1, 2, 3, 4, 5, 6}).output("y");
  b.node("MatMul", {"x", "w"}, {"y"});
  const converter::TensorData y = b.run({{1, 0, 0, 0, 1, 1}});
  CHECK(y.shape == Shape{2, 1, 2});
  CHECK(y.data == Floats{1, 2, 8, 10});
}

TEST_CASE("Constant nodes in every form", "[import]") {
  OnnxBuilder b(13);
  b.input("x", {2}).output("y");
  SECTION("a number") { set(b.node("Constant", {}, {"c"}), "value_float", 2.0f); }
  SECTION("a list") {
    onnx::AttributeProto& attribute = *b.node("Constant", {}, {"c"}).add_attribute();
    attribute.set_name("value_floats");
    attribute.set_type(onnx::AttributeProto::FLOATS);
    attribute.add_floats(2.0f);
  }
  SECTION("a tensor with raw data") {
    onnx::AttributeProto& attribute = *b.node("Constant", {}, {"c"}).add_attribute();
    attribute.set_name("value");
    attribute.set_type(onnx::AttributeProto::TENSOR);
    attribute.mutable_t()->set_data_type(1);
    attribute.mutable_t()->set_raw_data(std::string("\0\0\0\x40", 4));
  }
  b.node("Mul", {"x", "c"}, {"y"});
  CHECK(b.run({{1, 3}}).data == Floats{2, 6});
}

TEST_CASE("nodes without a name are numbered, equal names made unique", "[import]") {
  OnnxBuilder b(13);
  b.input("x", {2}).output("y");
  b.node("Relu", {"x"}, {"a"});
  b.node("Relu", {"a"}, {"b"}).set_name("act");
  b.node("Relu", {"b"}, {"c"}).set_name("act");
  b.node("Relu", {"c"}, {"y"});
  const Graph graph = b.import();
  std::vector<std::string> names;
  for (const converter::Node& node : graph.nodes) names.push_back(node.name);
  CHECK(names == std::vector<std::string>{"Relu_0", "act", "act_2", "Relu_3"});
}

TEST_CASE("the support table lists each operator once", "[import]") {
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& op : converter::import_onnx::supported_operators()) {
    INFO(op.domain << " " << op.type);
    CHECK(seen.emplace(op.domain, op.type).second);
  }
  CHECK(seen.contains({"", "QLinearConv"}));
  CHECK(seen.contains({"com.microsoft", "QGemm"}));
}
