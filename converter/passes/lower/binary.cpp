// SPDX-License-Identifier: Apache-2.0
// Operators of two tensors, one of them perhaps repeated: on integers and on floats.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "converter/passes/lower/lowering.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::passes::lowering {
namespace {

/// multiplier_a, multiplier_b and 2^-k such that the larger one lies in [2^20, 2^21): the sum of two products
/// of 9-bit differences stays below 2^31, and a result is off by less than 2^-12 of a step.
write::AddSpec solve_add(const Grid& a, const Grid& b, bool subtract, float output_scale) {
  const double ratio_a = static_cast<double>(a.scale) / static_cast<double>(output_scale);
  const double ratio_b = static_cast<double>(b.scale) / static_cast<double>(output_scale);
  int exponent = 0;
  std::frexp(std::max(ratio_a, ratio_b), &exponent);  // in [2^(exponent-1), 2^exponent)
  const int k = std::clamp(21 - exponent, -96, 96);
  write::AddSpec add;
  const auto multiplier = [&](double ratio) {
    return static_cast<std::int32_t>(std::clamp(std::nearbyint(std::ldexp(ratio, k)), 0.0, 2097152.0));
  };
  add.multiplier_a = multiplier(ratio_a);
  add.multiplier_b = subtract ? -multiplier(ratio_b) : multiplier(ratio_b);
  add.bias = -(a.zero_point * add.multiplier_a + b.zero_point * add.multiplier_b);
  add.multiplier = static_cast<float>(std::ldexp(1.0, -k));
  return add;
}

write::OperatorKind kind_of(Op op) {
  switch (op) {
    case Op::sub:
      return write::OperatorKind::sub;
    case Op::mul:
      return write::OperatorKind::mul;
    case Op::div:
      return write::OperatorKind::div;
    case Op::maximum:
      return write::OperatorKind::maximum;
    case Op::minimum:
      return write::OperatorKind::minimum;
    case Op::prelu:
      return write::OperatorKind::prelu;
    default:
      return write::OperatorKind::add;
  }
}

}  // namespace

float multiplier_of(double ratio) {
  return static_cast<float>(std::clamp(ratio, std::ldexp(1.0, -100), std::ldexp(1.0, 100)));
}

/// The tensor with axes of 1 in front, so that it has as many as the result.
TensorIndex Lowering::ranked(TensorIndex tensor, std::size_t rank, const std::string& name) {
  Shape shape = shape_of(tensor);
  rank = std::max<std::size_t>(rank, 1);
  if (shape.size() >= rank) return tensor;
  shape.insert(shape.begin(), rank - shape.size(), 1);
  if (at(tensor).constant.empty()) return reshape(tensor, shape, name);
  const write::TensorSpec source = at(tensor);
  const TensorIndex result = add_tensor(name, source.type, shape, grid_of(tensor));
  at(result).constant = source.constant;
  return result;
}

std::optional<TensorIndex> Lowering::exact_operand(const Node& node, std::size_t input) {
  const ValueId id = node.inputs[input];
  const std::optional<TensorIndex> tensor = exact(id);
  if (!tensor) return std::nullopt;
  return ranked(*tensor, graph_[node.outputs[0]].shape.size(), graph_[id].name + "_axes");
}

std::optional<TensorIndex> Lowering::compute_binary(const Node& node, const Target& target) {
  if (node.op == Op::div) return std::nullopt;
  std::optional<TensorIndex> a = exact_operand(node, 0);
  std::optional<TensorIndex> b = a ? exact_operand(node, 1) : std::nullopt;
  if (!b) return std::nullopt;
  const Shape& shape = graph_[node.outputs[0]].shape;
  const double scale_a = static_cast<double>(grid_of(*a).scale),
               scale_b = static_cast<double>(grid_of(*b).scale);
  const double scale = static_cast<double>(target.grid.scale);
  if (node.op == Op::maximum || node.op == Op::minimum) {
    a = requantize(*a, {target.grid, target.name + "_a", target.node_name + "_a"});
    b = requantize(*b, {target.grid, target.name + "_b", target.node_name + "_b"});
  }
  const TensorIndex result = add_tensor(target.name, write::ElementType::s8, shape, target.grid);
  const bool sum = node.op == Op::add || node.op == Op::sub;
  write::OperatorSpec& op =
      emit(sum ? write::OperatorKind::add : kind_of(node.op), node.name, {*a, *b}, result);
  if (sum) op.add = solve_add(grid_of(*a), grid_of(*b), node.op == Op::sub, target.grid.scale);
  if (node.op == Op::mul) op.multiplier = multiplier_of(scale_a * scale_b / scale);
  if (node.op == Op::prelu) {
    op.prelu = write::PreluSpec{multiplier_of(scale_a / scale), multiplier_of(scale_a * scale_b / scale)};
  }
  return result;
}

TensorIndex Lowering::real_binary(const Node& node, float lo, float hi, const std::string& name) {
  const Shape& shape = graph_[node.outputs[0]].shape;
  std::vector<TensorIndex> operands;
  for (const ValueId id : node.inputs) {
    operands.push_back(ranked(real(id), shape.size(), graph_[id].name + "_axes"));
  }
  note_float(node,
             node.op == Op::div ? "divides by a tensor" : "its operands or its result are not quantized");
  const TensorIndex result = add_tensor(name, write::ElementType::f32, shape);
  write::OperatorSpec& op = emit(kind_of(node.op), node.name, operands, result);
  op.float_lo = lo;
  op.float_hi = hi;
  return result;
}

TensorIndex Lowering::real_function(const Node& node, const std::string& name) {
  const TensorIndex x = real(node.inputs[0]);
  note_float(node, "its input or its result is not quantized");
  const TensorIndex result = add_tensor(name, write::ElementType::f32, shape_of(x));
  emit(write::OperatorKind::function, node.name, {x}, result).function =
      write::FunctionSpec{node.function, node.alpha, node.beta};
  return result;
}

}  // namespace bulwark::converter::passes::lowering
