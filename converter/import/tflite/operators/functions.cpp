// SPDX-License-Identifier: Apache-2.0
// Functions of one tensor, operators of two, and reductions.
#include <algorithm>
#include <cmath>

#include "converter/import/tflite/operators.h"

namespace bulwark::converter::import_tflite {
namespace {

using wire::BuiltinOperator;

Node unary_node(ValueId x, Function function, float alpha = 1) {
  Node node = simple_node(Op::unary, {x});
  node.function = function;
  node.alpha = alpha;
  return node;
}

Function function_of(BuiltinOperator code) {
  switch (code) {
    case BuiltinOperator::TANH:
      return Function::tanh;
    case BuiltinOperator::HARD_SWISH:
      return Function::hard_swish;
    case BuiltinOperator::ELU:
      return Function::elu;
    case BuiltinOperator::EXP:
      return Function::exp;
    case BuiltinOperator::LOG:
      return Function::log;
    case BuiltinOperator::SQRT:
      return Function::sqrt;
    case BuiltinOperator::RSQRT:
      return Function::rsqrt;
    case BuiltinOperator::SQUARE:
      return Function::square;
    case BuiltinOperator::ABS:
      return Function::abs;
    case BuiltinOperator::NEG:
      return Function::neg;
    case BuiltinOperator::SIGN:
      return Function::sign;
    case BuiltinOperator::FLOOR:
      return Function::floor;
    case BuiltinOperator::CEIL:
      return Function::ceil;
    case BuiltinOperator::ROUND:
      return Function::round;
    case BuiltinOperator::SIN:
      return Function::sin;
    case BuiltinOperator::COS:
      return Function::cos;
    default:
      return Function::sigmoid;
  }
}

Op binary_of(BuiltinOperator code) {
  switch (code) {
    case BuiltinOperator::SUB:
      return Op::sub;
    case BuiltinOperator::DIV:
      return Op::div;
    case BuiltinOperator::MAXIMUM:
      return Op::maximum;
    case BuiltinOperator::MINIMUM:
      return Op::minimum;
    default:
      return Op::mul;
  }
}

template <typename Options>
wire::Activation activation_of(const NodeContext& context) {
  const auto* options = context.find_options<Options>();
  return options ? options->fused_activation() : wire::Activation::NONE;
}

wire::Activation fused_activation(const NodeContext& context) {
  switch (context.code()) {
    case BuiltinOperator::SUB:
      return activation_of<wire::SubOptions>(context);
    case BuiltinOperator::MUL:
      return activation_of<wire::MulOptions>(context);
    case BuiltinOperator::DIV:
      return activation_of<wire::DivOptions>(context);
    default:
      return wire::Activation::NONE;
  }
}

Op reduction_of(BuiltinOperator code) {
  switch (code) {
    case BuiltinOperator::SUM:
      return Op::reduce_sum;
    case BuiltinOperator::REDUCE_MAX:
      return Op::reduce_max;
    case BuiltinOperator::REDUCE_MIN:
      return Op::reduce_min;
    default:
      return Op::reduce_mean;
  }
}

}  // namespace

void import_function(NodeContext& context) {
  context.expect_inputs(1, 1);
  const ValueId x = context.real(0);
  context.output(unary_node(x, function_of(context.code())), context.shape(x));
}

void import_leaky_relu(NodeContext& context) {
  context.expect_inputs(1, 1);
  const ValueId x = context.real(0);
  const float alpha = context.options<wire::LeakyReluOptions>().alpha();
  if (!std::isfinite(alpha)) throw Refusal("has an alpha that is not finite");
  context.output(unary_node(x, Function::leaky_relu, alpha), context.shape(x));
}

void import_gelu(NodeContext& context) {
  context.expect_inputs(1, 1);
  const ValueId x = context.real(0);
  const auto* options = context.find_options<wire::GeluOptions>();
  const bool approximate = options && options->approximate();
  context.output(unary_node(x, approximate ? Function::gelu_tanh : Function::gelu), context.shape(x));
}

void import_binary(NodeContext& context) {
  context.expect_inputs(2, 2);
  const Op op = binary_of(context.code());
  const Shape shape = broadcast(context.shape(context.input(0)), context.shape(context.input(1)));
  const DType type = context.dtype(context.input(0));
  if (type == DType::s32 || type == DType::s64) {  // shape arithmetic
    context.constant(0, "the first operand");
    context.constant(1, "the second operand");
    context.expect_type(context.input(1), {type});
    return context.output_moved(simple_node(op, {context.input(0), context.input(1)}), shape);
  }
  const ValueId a = context.real(0), b = context.real(1);
  context.output(simple_node(op, {a, b}), shape, fused_activation(context));
}

void import_prelu(NodeContext& context) {
  context.expect_inputs(2, 2);
  const ValueId x = context.real(0), slope = context.real(1);
  const Shape shape = context.shape(x);
  if (broadcast(shape, context.shape(slope)) != shape)
    throw Refusal("has a slope that does not fit its input");
  context.output(simple_node(Op::prelu, {x, slope}), shape);
}

void import_log_softmax(NodeContext& context) {
  context.expect_inputs(1, 1);
  const ValueId x = context.real(0);
  const Shape shape = context.shape(x);
  if (shape.empty()) throw Refusal("has an input without axes");
  Node node = simple_node(Op::log_softmax, {x});
  node.axis = static_cast<std::int64_t>(shape.size()) - 1;
  context.output(std::move(node), shape);
}

/// MEAN, SUM, REDUCE_MAX and REDUCE_MIN over any constant axes. A mean over height and width is an average
/// pool.
void import_reduce(NodeContext& context) {
  context.expect_inputs(2, 2);
  const auto* options = context.find_options<wire::ReducerOptions>();
  const ValueId x = context.real(0);
  const Shape shape = context.shape(x);
  std::vector<std::int64_t> axes = normalize_axes(context.constant_integers(1, "the axes"), shape.size());
  if (axes.empty()) throw Refusal("has no axes");
  Shape kept = shape, dropped;
  std::int64_t taps = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (!std::binary_search(axes.begin(), axes.end(), static_cast<std::int64_t>(i))) {
      dropped.push_back(shape[i]);
      continue;
    }
    kept[i] = 1;
    taps *= shape[i];
  }
  Node node = simple_node(reduction_of(context.code()), {x});
  if (node.op == Op::reduce_mean && shape.size() == 4 && axes == std::vector<std::int64_t>{1, 2}) {
    node.op = Op::global_average_pool;
    node.channels_last = true;
  } else {
    node.axes = std::move(axes);
  }
  context.count_macs(kept, taps);
  context.output(std::move(node), kept, wire::Activation::NONE, 0,
                 options && options->keep_dims() ? &kept : &dropped);
}

}  // namespace bulwark::converter::import_tflite
