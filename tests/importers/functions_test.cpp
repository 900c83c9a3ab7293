// SPDX-License-Identifier: Apache-2.0
// Functions, binary operators and reductions: the float twin against numbers worked out elsewhere, and the
// ONNX importer's lines for them.
#include <catch2/catch.hpp>
#include <cmath>

#include "converter/graph/functions.h"
#include "tests/converter/onnx_builder.h"

using namespace bulwark;
using converter::Function;
using converter::Graph;
using converter::Op;
using converter::Shape;
using tests::OnnxBuilder;
using tests::set;
using Floats = std::vector<float>;
using Ints = std::vector<std::int64_t>;

namespace {

Floats run_function(const char* type, const Floats& x, std::int64_t opset = 20) {
  OnnxBuilder b(opset);
  b.input("x", {static_cast<std::int64_t>(x.size())}).output("y");
  b.node(type, {"x"}, {"y"});
  return b.run({x}).data;
}

Floats run_binary(const char* type, const Shape& a_shape, const Floats& a, const Shape& b_shape,
                  const Floats& c) {
  OnnxBuilder b(16);
  b.input("a", a_shape).input("b", b_shape).output("y");
  b.node(type, {"a", "b"}, {"y"});
  return b.run({a, c}).data;
}

void check_near(const Floats& actual, const Floats& expected) {
  REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    INFO("element " << i);
    CHECK(actual[i] == Approx(expected[i]).epsilon(1e-6).margin(1e-7));
  }
}

}  // namespace

TEST_CASE("functions by their ONNX names", "[import][functions]") {
  // From ONNX Runtime, at -2, -0.5, 0, 0.5 and 3.
  const std::vector<std::pair<const char*, Floats>> cases = {
      {"Sigmoid", {0.11920292f, 0.37754068f, 0.5f, 0.62245935f, 0.95257413f}},
      {"Tanh", {-0.9640276f, -0.46211717f, 0.0f, 0.46211717f, 0.9950548f}},
      {"HardSigmoid", {0.1f, 0.4f, 0.5f, 0.6f, 1.0f}},
      {"HardSwish", {-0.33333334f, -0.20833334f, 0.0f, 0.29166666f, 3.0f}},
      {"LeakyRelu", {-0.02f, -0.005f, 0.0f, 0.5f, 3.0f}},
      {"Elu", {-0.86466473f, -0.39346933f, 0.0f, 0.5f, 3.0f}},
      {"Selu", {-1.5201665f, -0.69175816f, 0.0f, 0.52535045f, 3.1521029f}},
      {"Softplus", {0.126928f, 0.474077f, 0.6931472f, 0.974077f, 3.0485873f}},
      {"Softsign", {-0.6666667f, -0.33333334f, 0.0f, 0.33333334f, 0.75f}},
      {"Mish", {-0.25250148f, -0.22074381f, 0.0f, 0.37524524f, 2.9865351f}},
      {"Gelu", {-0.0455003f, -0.15426877f, 0.0f, 0.34573123f, 2.9959502f}},
      {"Erf", {-0.9953223f, -0.5204999f, 0.0f, 0.5204999f, 0.9999779f}},
      {"Exp", {0.13533528f, 0.60653067f, 1.0f, 1.6487212f, 20.085537f}},
      {"Abs", {2.0f, 0.5f, 0.0f, 0.5f, 3.0f}},
      {"Neg", {2.0f, 0.5f, 0.0f, -0.5f, -3.0f}},
      {"Sign", {-1.0f, -1.0f, 0.0f, 1.0f, 1.0f}},
      {"Floor", {-2.0f, -1.0f, 0.0f, 0.0f, 3.0f}},
      {"Ceil", {-2.0f, 0.0f, 0.0f, 1.0f, 3.0f}},
      {"Round", {-2.0f, 0.0f, 0.0f, 0.0f, 3.0f}},
      {"Sin", {-0.9092974f, -0.47942555f, 0.0f, 0.47942555f, 0.14112f}},
      {"Cos", {-0.41614684f, 0.87758255f, 1.0f, 0.87758255f, -0.9899925f}},
  };
  for (const auto& [type, expected] : cases) {
    INFO(type);
    check_near(run_function(type, {-2.0f, -0.5f, 0.0f, 0.5f, 3.0f}), expected);
  }
  check_near(run_function("Sqrt", {4.0f, 2.25f}), {2.0f, 1.5f});
  check_near(run_function("Log", {1.0f, 7.389056f}), {0.0f, 2.0f});
  check_near(run_function("Reciprocal", {4.0f, -0.5f}), {0.25f, -2.0f});
}

TEST_CASE("functions that real numbers do not reach everywhere", "[functions]") {
  CHECK(std::isnan(converter::value_of(Function::log, -1.0, 1, 1)));
  CHECK(std::isinf(converter::value_of(Function::reciprocal, 0.0, 1, 1)));
  CHECK(converter::value_of(Function::rsqrt, 4.0, 1, 1) == 0.5);
  CHECK(converter::value_of(Function::silu, 0.5, 1, 1) == Approx(0.31122967));
  CHECK(converter::value_of(Function::gelu_tanh, 0.5, 1, 1) == Approx(0.34571400));
  CHECK(converter::value_of(Function::pow, 3.0, 3.0, 1) == 27.0);
  CHECK(converter::value_of(Function::square, -3.0, 1, 1) == 9.0);
}

TEST_CASE("attributes of functions", "[import][functions]") {
  OnnxBuilder b(13);
  b.input("x", {2}).output("y");
  set(set(b.node("HardSigmoid", {"x"}, {"y"}), "alpha", 0.5f), "beta", 0.25f);
  CHECK(b.run({{1.0f, -1.0f}}).data == Floats{0.75f, 0.0f});

  OnnxBuilder power(13);
  power.input("x", {2}).floats("e", {}, {3}).output("y");
  power.node("Pow", {"x", "e"}, {"y"});
  CHECK(power.run({{2.0f, -1.0f}}).data == Floats{8.0f, -1.0f});

  OnnxBuilder gelu(20);
  gelu.input("x", {1}).output("y");
  set(gelu.node("Gelu", {"x"}, {"y"}), "approximate", "tanh");
  check_near(gelu.run({{0.5f}}).data, {0.345714f});
}

TEST_CASE("PRelu, Div, Max and Min broadcast", "[import][functions]") {
  CHECK(run_binary("PRelu", {1, 2, 2}, {-1, 2, -3, 4}, {2, 1}, {0.5f, 2}) == Floats{-0.5f, 2, -6, 4});
  CHECK(run_binary("Div", {2, 2}, {1, 2, 3, 4}, {2}, {2, 4}) == Floats{0.5f, 0.5f, 1.5f, 1});
  CHECK(run_binary("Max", {2, 1}, {1, 4}, {2}, {2, 3}) == Floats{2, 3, 4, 4});
  CHECK(run_binary("Min", {2, 1}, {1, 4}, {2}, {2, 3}) == Floats{1, 1, 2, 3});
  CHECK_THROWS_WITH(run_binary("PRelu", {1, 2}, {1, 2}, {2, 2}, {1, 1, 1, 1}),
                    Catch::Contains("a slope of shape [2,2] does not fit [1,2]"));

  OnnxBuilder three(13);
  three.input("a", {2}).input("b", {2}).input("c", {1}).output("y");
  three.node("Max", {"a", "b", "c"}, {"y"});
  CHECK(three.run({{1, 5}, {2, 1}, {3}}).data == Floats{3, 5});
}

TEST_CASE("reductions over any axes", "[import][functions]") {
  const Floats x = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const auto run = [&](const char* type, const Ints& axes, std::int64_t keep) {
    OnnxBuilder b(13);
    b.input("x", {2, 2, 3}).output("y");
    onnx::NodeProto& node = b.node(type, {"x"}, {"y"});
    if (std::string(type) == "ReduceSum") {
      b.ints("axes", 7, {static_cast<std::int64_t>(axes.size())}, axes);
      node.add_input("axes");
    } else if (!axes.empty()) {
      set(node, "axes", axes);
    }
    set(node, "keepdims", keep);
    return b.run({x});
  };
  CHECK(run("ReduceMean", {1}, 0).data == Floats{2.5f, 3.5f, 4.5f, 8.5f, 9.5f, 10.5f});
  CHECK(run("ReduceMean", {1}, 1).shape == Shape{2, 1, 3});
  CHECK(run("ReduceSum", {0, -1}, 0).data == Floats{30, 48});
  CHECK(run("ReduceMax", {0, 1}, 1).data == Floats{10, 11, 12});
  CHECK(run("ReduceMin", {2}, 0).data == Floats{1, 4, 7, 10});
  CHECK(run("ReduceMax", {}, 0).data == Floats{12});
}

TEST_CASE("LogSoftmax", "[import][functions]") {
  OnnxBuilder b(13);
  b.input("x", {1, 3}).output("y");
  b.node("LogSoftmax", {"x"}, {"y"});
  check_near(b.run({{-1, 0, 1}}).data, {-2.407606f, -1.4076059f, -0.40760595f});
}

TEST_CASE("QLinearMul, QLinearSigmoid and QLinearLeakyRelu", "[import][functions]") {
  OnnxBuilder b(13, 1);
  b.input("x", {4}, 3).floats("s", {}, {0.5f}).ints("z", 3, {}, {1}).floats("t", {}, {0.25f});
  b.ints("w", 3, {1}, {5}).output("y", 3);
  b.node("QLinearMul", {"x", "s", "z", "w", "s", "z", "t", "z"}, {"y"}, "com.microsoft");
  // (x - 1) / 2 * 2, in steps of 1/4 from 1 on.
  CHECK(b.run({{1, 2, 0, 127}}).data == Floats{1, 5, -3, 127});

  OnnxBuilder leaky(13, 1);
  leaky.input("x", {3}, 3).floats("s", {}, {1}).ints("z", 3, {}, {0}).output("y", 3);
  set(leaky.node("QLinearLeakyRelu", {"x", "s", "z", "s", "z"}, {"y"}, "com.microsoft"), "alpha", 0.5f);
  CHECK(leaky.run({{-8, 0, 7}}).data == Floats{-4, 0, 7});

  OnnxBuilder sigmoid(13, 1);
  sigmoid.input("x", {3}, 2).floats("s", {}, {1}).ints("z", 2, {}, {128});
  sigmoid.floats("t", {}, {1.0f / 256}).ints("zero", 2, {}, {0}).output("y", 2);
  sigmoid.node("QLinearSigmoid", {"x", "s", "z", "t", "zero"}, {"y"}, "com.microsoft");
  CHECK(sigmoid.run({{128, 0, 255}}).data == Floats{128, 0, 255});
}
