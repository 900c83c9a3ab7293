// SPDX-License-Identifier: Apache-2.0
// Arithmetic, activations, and changes of the scale.
#include <fmt/format.h>

#include <cmath>

#include "converter/import/tflite/operators.h"

namespace bulwark::converter::import_tflite {
namespace {

bool is_plain_integer(DType type) { return type == DType::s32 || type == DType::s64; }

}  // namespace

Node simple_node(Op op, std::vector<ValueId> inputs) {
  Node node;
  node.op = op;
  node.inputs = std::move(inputs);
  return node;
}

void import_add(NodeContext& context) {
  context.expect_inputs(2, 2);
  const auto* options = context.find_options<wire::AddOptions>();
  const Shape shape = broadcast(context.shape(context.input(0)), context.shape(context.input(1)));
  if (is_plain_integer(context.dtype(context.input(0)))) {  // shape arithmetic
    context.constant(0, "the first operand");
    context.constant(1, "the second operand");
    context.expect_type(context.input(1), {context.dtype(context.input(0))});
    return context.output_moved(simple_node(Op::add, {context.input(0), context.input(1)}), shape);
  }
  const ValueId a = context.real(0), b = context.real(1);
  context.output(simple_node(Op::add, {a, b}), shape,
                 options ? options->fused_activation() : wire::Activation::NONE);
}

void import_activation(NodeContext& context) {
  context.expect_inputs(1, 1);
  const ValueId x = context.real(0);
  Node node = simple_node(Op::clip, {x});
  switch (context.code()) {
    case wire::BuiltinOperator::RELU6:
      node.clip_lo = 0;
      node.clip_hi = 6;
      break;
    case wire::BuiltinOperator::RELU_N1_TO_1:
      node.clip_lo = -1;
      node.clip_hi = 1;
      break;
    default:
      node.op = Op::relu;
  }
  context.output(std::move(node), context.shape(x));
}

/// exp(beta * x) over its sum along the last axis.
void import_softmax(NodeContext& context) {
  context.expect_inputs(1, 1);
  const float beta = context.options<wire::SoftmaxOptions>().beta();
  if (!std::isnormal(beta) || beta < 0) throw Refusal(fmt::format("has a beta of {}", beta));
  ValueId x = context.real(0);
  const Shape shape = context.shape(x);
  if (shape.empty()) throw Refusal("has an input without axes");
  if (beta != 1.0f && context.dtype(context.input(0)) == DType::f32) {
    const ValueId factor = context.add_constant(DType::f32, {}, {{beta}, {}}, "beta");
    x = context.add(simple_node(Op::mul, {x, factor}), shape, DType::f32, "scaled");
  } else if (beta != 1.0f) {  // the same levels with another scale
    const Levels& levels = context.levels(0);
    if (levels.per_axis()) throw Refusal("has an input with a scale per channel");
    const float scale = levels.scales[0] * beta;
    if (!std::isnormal(scale)) throw Refusal(fmt::format("has a beta of {}", beta));
    const ValueId integers = context.input(0);
    const ValueId scales = context.add_constant(DType::f32, {}, {{scale}, {}}, "scale");
    const ValueId zero =
        context.add_constant(context.dtype(integers), {}, {{}, levels.zero_points}, "zero_point");
    x = context.add(simple_node(Op::dequantize, {integers, scales, zero}), shape, DType::f32, "scaled");
  }
  Node node = simple_node(Op::softmax, {x});
  node.axis = static_cast<std::int64_t>(shape.size()) - 1;
  context.output(std::move(node), shape);
}

/// QUANTIZE and DEQUANTIZE: the same real numbers, in the type and at the scale of the output.
void import_quantize(NodeContext& context) {
  context.expect_inputs(1, 1);
  const ValueId id = context.input(0);
  const Value& x = context.value(id);
  if (x.constant && x.type != DType::f32 && context.output_type() == DType::f32) {
    const Levels& levels = context.levels(0);
    const std::size_t count = levels.scales.size();
    std::int64_t inner = 1;
    for (std::size_t a = static_cast<std::size_t>(levels.axis) + 1; a < x.shape.size(); ++a)
      inner *= x.shape[a];
    Constant real;
    context.budget().take(x.constant->ints.size() * sizeof(float));
    for (std::size_t i = 0; i < x.constant->ints.size(); ++i) {
      const std::size_t c = i / static_cast<std::size_t>(inner) % count;
      real.floats.push_back(static_cast<float>(x.constant->ints[i] - levels.zero_points[c]) *
                            levels.scales[c]);
    }
    return context.output_constant(DType::f32, x.shape, std::move(real));
  }
  context.output_real(context.real(0));
}

}  // namespace bulwark::converter::import_tflite
