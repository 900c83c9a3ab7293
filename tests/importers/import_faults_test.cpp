// SPDX-License-Identifier: Apache-2.0
// Bad ONNX input: each fault gets an Error whose message names the place (classes of untrusted input in
// brackets).
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <filesystem>

#include "converter/error.h"
#include "tests/converter/onnx_builder.h"
#include "tests/converter/temp_folder.h"

using namespace bulwark;
using converter::Error;
using converter::Exit;
using tests::OnnxBuilder;
using tests::set;
using Ints = std::vector<std::int64_t>;

namespace {

constexpr std::int32_t kInt8 = 3, kInt32 = 6, kInt64 = 7, kInt16 = 5;

/// The message of the refusal; fails when there is none.
std::string refusal(const OnnxBuilder& b) {
  try {
    b.import();
  } catch (const Error& error) {
    CHECK(error.code() == Exit::bad_input);
    return error.what();
  }
  FAIL("the model was accepted");
  return "";
}

OnnxBuilder conv(const Ints& x, const Ints& w) {
  OnnxBuilder b;
  std::int64_t count = 1;
  for (const std::int64_t d : w) count *= d;
  b.input("x", x).output("y").floats("w", w, std::vector<float>(static_cast<std::size_t>(count), 1.0f));
  b.node("Conv", {"x", "w"}, {"y"}).set_name("conv1");
  return b;
}

OnnxBuilder relu() {
  OnnxBuilder b;
  b.input("x", {2}).output("y");
  b.node("Relu", {"x"}, {"y"}).set_name("act");
  return b;
}

OnnxBuilder quantize(float scale, std::int32_t type = kInt8) {
  OnnxBuilder b;
  b.input("x", {2}).output("y", kInt8).floats("s", {}, {scale}).ints("z", type, {}, {0});
  b.node("QuantizeLinear", {"x", "s", "z"}, {"y"}).set_name("q");
  return b;
}

using Catch::Contains;

}  // namespace

TEST_CASE("what is not ONNX is refused", "[import][bad_input]") {
  const auto import = [](const std::string& text) {
    return converter::import_onnx::import_bytes({text.begin(), text.end()}, "m.onnx");
  };
  CHECK_THROWS_WITH(import(""), Contains("'m.onnx' is not an ONNX model"));
  CHECK_THROWS_WITH(import("not a protobuf"), Contains("'m.onnx' is not an ONNX model"));
  CHECK_THROWS_WITH(import(std::string(100, '\xff')), Contains("'m.onnx' is not an ONNX model"));
  try {
    converter::import_onnx::import_file("/nonexistent/m.onnx");
    FAIL("a missing file was accepted");
  } catch (const Error& error) {
    CHECK(error.code() == Exit::io);
    CHECK_THAT(error.what(), Contains("/nonexistent/m.onnx"));
  }
}

TEST_CASE("every unsupported operator is listed at once", "[import][bad_input]") {
  OnnxBuilder b(13, 1);
  b.input("x", {2}).output("y").output("v");
  b.node("LSTM", {"x"}, {"a"}).set_name("first");
  b.node("Relu", {"a"}, {"b"});
  b.node("Fancy", {"b"}, {"y"}, "com.microsoft").set_name("second");
  b.node("Einsum", {"x"}, {"v"});
  const std::string message = refusal(b);
  CHECK(message ==
        "node 'first' (LSTM): operator LSTM of ONNX 13 is not supported\n"
        "node 'second' (Fancy): operator Fancy of domain 'com.microsoft' 1 is not supported\n"
        "node 'Einsum_3' (Einsum): operator Einsum of ONNX 13 is not supported");
}

TEST_CASE("functions, subgraphs and values that are no tensors are refused", "[import][bad_input]") {
  SECTION("function") {
    OnnxBuilder b = relu();
    b.graph().mutable_node(0)->set_domain("mine");
    onnx::FunctionProto& function = *b.model.add_functions();
    function.set_domain("mine");
    function.set_name("Relu");
    CHECK_THAT(refusal(b), Contains("node 'act' (Relu): is a function of the model"));
  }
  SECTION("subgraph") {
    OnnxBuilder b = relu();
    onnx::AttributeProto& attribute = *b.node("If", {"x"}, {"z"}).add_attribute();
    attribute.set_name("then_branch");
    attribute.set_type(onnx::AttributeProto::GRAPH);
    CHECK_THAT(refusal(b), Contains("node 'If_1' (If): operator If"));
  }
  SECTION("sequence") {
    OnnxBuilder b = relu();
    b.graph().mutable_input(0)->mutable_type()->mutable_sequence_type();
    CHECK_THAT(refusal(b), Contains("input 'x': is not a tensor"));
  }
}

TEST_CASE("operator sets outside the supported range are refused", "[import][bad_input]") {
  CHECK_THAT(refusal(OnnxBuilder(6)), Contains("ONNX operator set 6 is not supported, only 7 to"));
  CHECK_THAT(refusal(OnnxBuilder(1000)), Contains("ONNX operator set 1000 is not supported"));
  OnnxBuilder b = relu();
  b.model.clear_opset_import();
  CHECK_THAT(refusal(b), Contains("does not say which ONNX operator set"));
}

TEST_CASE("dimensions that are zero, negative, huge or too many [5, 6]", "[import][bad_input]") {
  const auto with_shape = [](const Ints& shape) {
    OnnxBuilder b;
    b.input("x", shape).output("y");
    b.node("Relu", {"x"}, {"y"});
    return refusal(b);
  };
  CHECK_THAT(with_shape({1, 0}), Contains("input 'x': shape [1,0] has a dimension of 0"));
  CHECK_THAT(with_shape({1, -7}), Contains("input 'x': shape [1,-7] has a dimension of -7"));
  CHECK_THAT(with_shape({1, std::int64_t{1} << 40}), Contains("is too large"));
  CHECK_THAT(with_shape({1 << 20, 1 << 20}), Contains("is too large"));
  CHECK_THAT(with_shape({std::int64_t{1} << 62, 4}), Contains("is too large"));
  CHECK_THAT(with_shape({1, 1, 1, 1, 1, 1, 1}), Contains("at most 6"));
}

TEST_CASE("constants whose data does not fit their shape [6, 10, 14]", "[import][bad_input]") {
  OnnxBuilder b = conv({1, 1, 4}, {1, 1, 3});
  onnx::TensorProto& w = *b.graph().mutable_initializer(0);
  SECTION("entries") {
    w.add_float_data(1);
    CHECK_THAT(
        refusal(b),
        Contains(
            "node 'conv1' (Conv): initializer 'w' has 4 data entries, shape [1,1,3] of float32 needs 3"));
  }
  SECTION("raw bytes") {
    w.clear_float_data();
    w.set_raw_data("12345");
    CHECK_THAT(refusal(b),
               Contains("initializer 'w' has 5 bytes of raw data, shape [1,1,3] of float32 needs 12"));
  }
  SECTION("4-bit raw bytes") {
    w.clear_float_data();
    w.set_data_type(22);
    w.set_raw_data("1");
    CHECK_THAT(refusal(b), Contains("has 1 bytes of raw data, shape [1,1,3] of int4 needs 2"));
  }
  SECTION("negative dimension") {
    w.set_dims(0, -1);
    CHECK_THAT(refusal(b), Contains("initializer 'w' shape [-1,1,3] has a dimension of -1"));
  }
  SECTION("product of dimensions overflows") {
    for (int i = 0; i < 3; ++i) w.set_dims(i, std::int64_t{1} << 40);
    CHECK_THAT(refusal(b), Contains("initializer 'w' shape") && Contains("is too large"));
  }
  SECTION("more than memory") {
    w.set_dims(0, std::int64_t{1} << 28);
    CHECK_THAT(refusal(b), Contains("initializer 'w' the model's constants need more than 2 GiB"));
  }
  SECTION("not a number") {
    w.set_float_data(1, std::nanf(""));
    CHECK_THAT(refusal(b), Contains("initializer 'w' element 1 is not a number"));
  }
  SECTION("infinite weight") {
    w.set_float_data(1, INFINITY);
    CHECK_THAT(refusal(b), Contains("node 'conv1' (Conv): 'w' holds an infinity"));
  }
  SECTION("type") {
    w.set_data_type(11);
    CHECK_THAT(refusal(b), Contains("initializer 'w' has type float64, which is not supported"));
  }
  SECTION("value outside its type") {
    w.clear_float_data();
    w.set_data_type(kInt8);
    for (const int v : {1, 300, 2}) w.add_int32_data(v);
    CHECK_THAT(refusal(b), Contains("initializer 'w' holds 300, which int8 can not"));
  }
}

TEST_CASE("names that are missing, doubled or out of order [9, 18, 23]", "[import][bad_input]") {
  SECTION("nothing gives it") {
    OnnxBuilder b = relu();
    b.graph().mutable_node(0)->set_input(0, "ghost");
    CHECK_THAT(refusal(b),
               Contains("node 'act' (Relu): uses 'ghost', which no input, initializer or node gives"));
  }
  SECTION("cycle") {
    OnnxBuilder b = relu();
    b.graph().mutable_node(0)->set_input(0, "y");
    CHECK_THAT(refusal(b), Contains("uses 'y' before it is made"));
  }
  SECTION("out of order") {
    OnnxBuilder b;
    b.input("x", {2}).output("y");
    b.node("Relu", {"a"}, {"y"});
    b.node("Relu", {"x"}, {"a"});
    CHECK_THAT(refusal(b), Contains("uses 'a' before it is made"));
  }
  SECTION("made twice") {
    OnnxBuilder b = relu();
    b.node("Relu", {"x"}, {"y"});
    CHECK_THAT(refusal(b), Contains("the name 'y' is given twice"));
  }
  SECTION("an output that is an input's name") {
    OnnxBuilder b = relu();
    b.node("Relu", {"x"}, {"x"});
    CHECK_THAT(refusal(b), Contains("the name 'x' is given twice"));
  }
  SECTION("input twice") {
    OnnxBuilder b = relu();
    b.input("x", {2});
    CHECK_THAT(refusal(b), Contains("input 'x': the name 'x' is given twice"));
  }
  SECTION("initializer twice") {
    OnnxBuilder b = relu();
    b.floats("w", {}, {1}).floats("w", {}, {1});
    CHECK_THAT(refusal(b), Contains("initializer 'w': the name 'w' is given twice"));
  }
  SECTION("output of nothing") {
    OnnxBuilder b = relu();
    b.output("ghost");
    CHECK_THAT(refusal(b), Contains("output 'ghost': uses 'ghost', which no"));
  }
  SECTION("no outputs, no inputs") {
    OnnxBuilder b = relu();
    b.graph().clear_output();
    CHECK_THAT(refusal(b), Contains("graph: has no outputs"));
    OnnxBuilder c;
    c.floats("y", {1}, {1}).output("y");
    CHECK_THAT(refusal(c), Contains("graph: has no inputs"));
  }
}

TEST_CASE("windows that make no sense [12, 13]", "[import][bad_input]") {
  const auto conv_with = [](const char* name, const Ints& value) {
    OnnxBuilder b = conv({1, 1, 5}, {1, 1, 3});
    set(*b.graph().mutable_node(0), name, value);
    return refusal(b);
  };
  CHECK_THAT(conv_with("strides", {0}), Contains("node 'conv1' (Conv): a stride of 0 is outside 1..4096"));
  CHECK_THAT(conv_with("strides", {-1}), Contains("a stride of -1"));
  CHECK_THAT(conv_with("strides", {1, 1}), Contains("strides has 2 entries, should have 1"));
  CHECK_THAT(conv_with("dilations", {0}), Contains("a dilation of 0"));
  CHECK_THAT(conv_with("dilations", {std::int64_t{1} << 62}), Contains("a dilation of"));
  CHECK_THAT(conv_with("dilations", {9}), Contains("a window of 19 is larger than the padded input of 5"));
  CHECK_THAT(conv_with("pads", {-1, 0}), Contains("a padding of -1"));
  CHECK_THAT(conv_with("pads", {INT64_MAX, 1}), Contains("a padding of"));
  CHECK_THAT(conv_with("kernel_shape", {5}), Contains("kernel_shape is not that of the weights"));
  CHECK_THAT(refusal(conv({1, 1, 2}, {1, 1, 3})), Contains("a window of 3 is larger"));
  CHECK_THAT(refusal(conv({1, 1, 2}, {1, 1, 0})), Contains("node 'conv1' (Conv): 'w' is empty"));
  CHECK_THAT(refusal(conv({1, 2, 4}, {1, 1, 3})),
             Contains("1 groups do not fit input [1,2,4] and weights [1,1,3]"));
  CHECK_THAT(refusal(conv({1, 1, 4, 4, 4}, {1, 1, 1, 1, 1})), Contains("'x' has 5 dimensions, only 3 to 4"));
  OnnxBuilder groups = conv({1, 1, 4}, {1, 1, 3});
  set(*groups.graph().mutable_node(0), "group", std::int64_t{0});
  CHECK_THAT(refusal(groups), Contains("0 groups do not fit"));
  OnnxBuilder pool;
  pool.input("x", {1, 1, 4}).output("y");
  set(set(pool.node("MaxPool", {"x"}, {"y"}), "kernel_shape", Ints{2}), "pads", Ints{2, 0});
  CHECK_THAT(refusal(pool), Contains("windows that hold nothing but padding"));
}

TEST_CASE("vectors that do not fit the channels [15]", "[import][bad_input]") {
  OnnxBuilder b = conv({1, 1, 4}, {2, 1, 3});
  b.floats("b", {1}, {1});
  b.graph().mutable_node(0)->add_input("b");
  CHECK_THAT(refusal(b), Contains("node 'conv1' (Conv): 'b' has shape [1], should be [2]"));
  OnnxBuilder q;
  q.input("x", {2, 3}).output("y", kInt8).floats("s", {2}, {1, 1}).ints("z", kInt8, {2}, {0, 0});
  q.node("QuantizeLinear", {"x", "s", "z"}, {"y"});
  CHECK_THAT(refusal(q), Contains("the scale 's' has 2 elements, axis 1 of [2,3] has 3"));
}

TEST_CASE("scales and zero points out of range [16]", "[import][bad_input]") {
  CHECK_THAT(refusal(quantize(0)), Contains("node 'q' (QuantizeLinear): the scale 's' holds 0"));
  CHECK_THAT(refusal(quantize(-1)), Contains("the scale 's' holds -1"));
  CHECK_THAT(refusal(quantize(INFINITY)), Contains("the scale 's' holds inf"));
  CHECK_THAT(refusal(quantize(1e-40f)), Contains("the scale 's' holds 1e-40"));
  CHECK_THAT(refusal(quantize(std::nanf(""))), Contains("initializer 's' element 0 is not a number"));
  CHECK_THAT(refusal(quantize(1, kInt32)), Contains("quantizing to int32 is not supported"));
  CHECK_THAT(refusal(quantize(1, kInt16)),
             Contains("initializer 'z' has type int16, which is not supported"));
  OnnxBuilder dynamic = quantize(1);
  dynamic.graph().mutable_initializer()->DeleteSubrange(0, 1);
  dynamic.input("s", {});
  CHECK_THAT(refusal(dynamic), Contains("the scale ('s') is not a constant"));
}

TEST_CASE("attributes of the wrong type, doubled or unknown", "[import][bad_input]") {
  OnnxBuilder b = conv({1, 1, 4}, {1, 1, 3});
  onnx::NodeProto& node = *b.graph().mutable_node(0);
  SECTION("type") {
    set(node, "strides", std::int64_t{1});
    CHECK_THAT(refusal(b), Contains("node 'conv1' (Conv): attribute 'strides' is not a list of integers"));
  }
  SECTION("unknown") {
    set(node, "colour", std::int64_t{1});
    CHECK_THAT(refusal(b), Contains("node 'conv1' (Conv): attribute 'colour' is not supported"));
  }
  SECTION("twice") {
    set(set(node, "group", std::int64_t{1}), "group", std::int64_t{1});
    CHECK_THAT(refusal(b), Contains("attribute 'group' is given twice"));
  }
  SECTION("no inputs at all") {
    node.clear_input();
    CHECK_THAT(refusal(b), Contains("has 0 inputs, should have 2 to 3"));
  }
  SECTION("no output") {
    node.clear_output();
    CHECK_THAT(refusal(b), Contains("node 'conv1' (Conv): has no output"));
  }
}

TEST_CASE("shapes that can not be", "[import][bad_input]") {
  const auto reshape = [](const Ints& to) {
    OnnxBuilder b;
    b.input("x", {2, 3}).output("y").ints("s", kInt64, {static_cast<std::int64_t>(to.size())}, to);
    b.node("Reshape", {"x", "s"}, {"y"});
    return refusal(b);
  };
  CHECK_THAT(reshape({7}), Contains("node 'Reshape_0' (Reshape): [2,3] can not become [7]"));
  CHECK_THAT(reshape({-1, -1}), Contains("can not become"));
  CHECK_THAT(reshape({-1, 4}), Contains("can not become"));
  CHECK_THAT(reshape({6, 1, 0}), Contains("can not become"));
  CHECK_THAT(reshape({-2, -3}), Contains("has a dimension of -2"));
  CHECK_THAT(reshape({INT64_MAX, INT64_MAX, 2}), Contains("is too large"));
  OnnxBuilder add;
  add.input("x", {2, 3}).input("z", {2}).output("y");
  add.node("Add", {"x", "z"}, {"y"});
  CHECK_THAT(refusal(add), Contains("shapes [2,3] and [2] do not broadcast"));
}

TEST_CASE("outputs that inference does not make are refused only when used", "[import][bad_input]") {
  OnnxBuilder b;
  b.input("x", {2}).output("y");
  b.node("Dropout", {"x"}, {"y", "mask"}).set_name("drop");
  CHECK_NOTHROW(b.import());
  b.output("mask", 9);
  CHECK_THAT(refusal(b), Contains("node 'drop' (Dropout): output 1 ('mask') is used"));
}

TEST_CASE("external data stays inside the model's folder [4, 22]", "[import][bad_input]") {
  namespace fs = std::filesystem;
  const test::TempFolder outer;
  const std::string folder = outer / "model";
  fs::create_directory(folder);
  test::spill(outer / "secret.bin", std::string(64, 'x'));
  test::spill(folder + "/weights.bin", std::string(8, '\0') + std::string("\0\0\x80\x3f", 4));
  fs::create_symlink(outer / "secret.bin", folder + "/link.bin");
  fs::create_directory_symlink(outer.path(), folder + "/up");
  fs::create_directory(folder + "/directory");

  const auto import = [&](const std::string& location, const std::string& offset, const std::string& length) {
    OnnxBuilder b;
    b.input("x", {1}).output("y");
    onnx::TensorProto& tensor = *b.graph().add_initializer();
    tensor.set_name("w");
    tensor.set_data_type(1);
    tensor.add_dims(1);
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    for (const auto& [key, value] : {std::pair<std::string, std::string>{"location", location},
                                     {"offset", offset},
                                     {"length", length}}) {
      if (value.empty()) continue;
      tensor.add_external_data()->set_key(key);
      tensor.mutable_external_data(tensor.external_data_size() - 1)->set_value(value);
    }
    b.node("Mul", {"x", "w"}, {"y"});
    test::spill(folder + "/m.onnx", b.bytes());
    return converter::import_onnx::import_file(folder + "/m.onnx");
  };
  const converter::Graph graph = import("weights.bin", "8", "4");
  CHECK(graph[graph.nodes.at(0).inputs.at(1)].constant->floats == std::vector<float>{1.0f});
  CHECK_THROWS_WITH(import("weights.bin", "9", "4"),
                    Contains("initializer 'w' external data: bytes 9 to 9 + 4 lie outside"));
  CHECK_THROWS_WITH(import("weights.bin", "18446744073709551615", "4"), Contains("lie outside"));
  CHECK_THROWS_WITH(import("weights.bin", "99999999999999999999", "4"),
                    Contains("offset '99999999999999999999' is not a number"));
  CHECK_THROWS_WITH(import("weights.bin", "-1", "4"), Contains("offset '-1' is not a number"));
  CHECK_THROWS_WITH(import("weights.bin", "0", "12"), Contains("gives 12 bytes, the shape needs 4"));
  CHECK_THROWS_WITH(import("../secret.bin", "", ""), Contains("'../secret.bin' leaves the model's folder"));
  CHECK_THROWS_WITH(import("directory/../../secret.bin", "", ""), Contains("leaves the model's folder"));
  CHECK_THROWS_WITH(import(outer / "secret.bin", "", ""), Contains("is an absolute path"));
  CHECK_THROWS_WITH(import("link.bin", "", ""),
                    Contains("'link.bin' is a link that leaves the model's folder"));
  CHECK_THROWS_WITH(import("up/secret.bin", "", ""), Contains("is a link that leaves the model's folder"));
  CHECK_THROWS_WITH(import("directory", "", ""), Contains("'directory' is not a regular file"));
  CHECK_THROWS_WITH(import("absent.bin", "", ""), Contains("'absent.bin' can not be found"));
  CHECK_THROWS_WITH(import("", "", ""), Contains("external data: no location"));
}
