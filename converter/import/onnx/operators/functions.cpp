// SPDX-License-Identifier: Apache-2.0
// Functions of one number, element by element, and PRelu.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "converter/import/onnx/operators.h"

namespace bulwark::converter::import_onnx {
namespace {

/// An ONNX operator that is a function, and the defaults of its alpha and beta (gamma).
struct Named {
  std::string_view type;
  Function function;
  float alpha = 1, beta = 1;
  const char* first = nullptr;   ///< attribute that is alpha
  const char* second = nullptr;  ///< attribute that is beta
};

constexpr Named kFunctions[] = {
    {"Abs", Function::abs},
    {"Ceil", Function::ceil},
    {"Cos", Function::cos},
    {"Elu", Function::elu, 1.0f, 1.0f, "alpha"},
    {"Erf", Function::erf},
    {"Exp", Function::exp},
    {"Floor", Function::floor},
    {"HardSigmoid", Function::hard_sigmoid, 0.2f, 0.5f, "alpha", "beta"},
    {"HardSwish", Function::hard_swish},
    {"LeakyRelu", Function::leaky_relu, 0.01f, 1.0f, "alpha"},
    {"Log", Function::log},
    {"Mish", Function::mish},
    {"Neg", Function::neg},
    {"QLinearLeakyRelu", Function::leaky_relu, 0.01f, 1.0f, "alpha"},
    {"QLinearSigmoid", Function::sigmoid},
    {"Reciprocal", Function::reciprocal},
    {"Round", Function::round},
    {"Selu", Function::selu, 1.67326319217681884765625f, 1.05070102214813232421875f, "alpha", "gamma"},
    {"Sigmoid", Function::sigmoid},
    {"Sign", Function::sign},
    {"Sin", Function::sin},
    {"Softplus", Function::softplus},
    {"Softsign", Function::softsign},
    {"Sqrt", Function::sqrt},
    {"Tanh", Function::tanh},
};

Node unary_node(ValueId x, Function function, float alpha = 1, float beta = 1) {
  Node node = simple_node(Op::unary, {x});
  node.function = function;
  node.alpha = alpha;
  node.beta = beta;
  return node;
}

}  // namespace

Planned plan_function(NodeContext& context, ValueId x) {
  const auto* named = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                   [&](const Named& f) { return f.type == context.type(); });
  if (named == std::end(kFunctions)) throw Refusal("is no known function");
  const float alpha = named->first ? context.real(named->first, named->alpha) : named->alpha;
  const float beta = named->second ? context.real(named->second, named->beta) : named->beta;
  return {unary_node(x, named->function, alpha, beta), context.shape(x)};
}

void import_function(NodeContext& context) {
  context.expect_inputs(1, 1);
  const ValueId x = context.input(0);
  context.expect_type(x, {DType::f32});
  Planned planned = plan_function(context, x);
  context.output(std::move(planned.node), planned.shape, DType::f32);
}

void import_gelu(NodeContext& context) {
  context.expect_inputs(1, 1);
  const ValueId x = context.input(0);
  context.expect_type(x, {DType::f32});
  const std::string approximate = context.string("approximate", "none");
  if (approximate != "none" && approximate != "tanh") {
    throw Refusal(fmt::format("approximate '{}' is not known", approximate));
  }
  const Function function = approximate == "tanh" ? Function::gelu_tanh : Function::gelu;
  context.output(unary_node(x, function), context.shape(x), DType::f32);
}

void import_pow(NodeContext& context) {
  context.expect_inputs(2, 2);
  const ValueId x = context.input(0);
  context.expect_type(x, {DType::f32});
  const float exponent = context.constant_real(1, "the exponent");
  const Function function = exponent == 2.0f ? Function::square : Function::pow;
  context.output(unary_node(x, function, exponent), context.shape(x), DType::f32);
}

void import_prelu(NodeContext& context) {
  context.expect_inputs(2, 2);
  const ValueId x = context.input(0), slope = context.input(1);
  context.expect_type(x, {DType::f32});
  context.expect_type(slope, {DType::f32});
  const Shape shape = context.shape(x);
  if (broadcast(shape, context.shape(slope)) != shape) {
    throw Refusal(
        fmt::format("a slope of shape {} does not fit {}", text(context.shape(slope)), text(shape)));
  }
  context.output(simple_node(Op::prelu, {x, slope}), shape, DType::f32);
}

}  // namespace bulwark::converter::import_onnx
