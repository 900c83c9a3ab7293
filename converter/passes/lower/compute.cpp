// SPDX-License-Identifier: Apache-2.0
// Operators between dequantize and quantize, as integer operators. Each gives nothing back when what it reads
// is not exact.
#include <algorithm>
#include <cmath>
#include <numeric>

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

}  // namespace

std::optional<TensorIndex> Lowering::compute(ValueId core, const Target& target) {
  const Node* node = producer(core);
  if (!node) return std::nullopt;
  switch (node->op) {
    case Op::conv:
    case Op::gemm:
    case Op::matmul:
      return compute_linear(*node, target);
    case Op::add:
    case Op::sub:
      return compute_add(*node, target);
    case Op::average_pool:
    case Op::global_average_pool:
      return compute_average(*node, target);
    case Op::softmax:
      return compute_softmax(*node, target);
    case Op::concat:
      return compute_concat(*node, target);
    case Op::resize:
      if (const std::optional<TensorIndex> x = exact(node->inputs[0])) {
        return requantize(resized(*node, *x, target.name + "_resized"), target);
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

std::optional<TensorIndex> Lowering::compute_linear(const Node& node, const Target& target) {
  return lower_linear(node, &target, target.name);
}

/// An exact tensor of this shape; a constant is repeated to it.
std::optional<TensorIndex> Lowering::exact_operand(ValueId id, const Shape& shape) {
  const std::optional<TensorIndex> tensor = exact(id);
  if (!tensor || graph_[id].shape == shape) return tensor;
  if (element_count(shape) > kMostRepeated) return std::nullopt;
  const std::vector<std::int64_t> indices = broadcast_indices(graph_[id].shape, shape);
  if (at(*tensor).constant.empty() || indices.empty()) return std::nullopt;
  std::vector<std::int32_t> levels;
  for (const std::int64_t i : indices) {
    levels.push_back(static_cast<std::int8_t>(at(*tensor).constant[static_cast<std::size_t>(i)]));
  }
  return add_constant_tensor(at(*tensor).name + "_broadcast", shape, grid_of(*tensor), levels);
}

std::optional<TensorIndex> Lowering::compute_add(const Node& node, const Target& target) {
  const Shape& shape = graph_[node.outputs[0]].shape;
  const std::optional<TensorIndex> a = exact_operand(node.inputs[0], shape);
  const std::optional<TensorIndex> b = a ? exact_operand(node.inputs[1], shape) : std::nullopt;
  if (!b) return std::nullopt;
  const TensorIndex result = add_tensor(target.name, write::ElementType::s8, shape, target.grid);
  emit(write::OperatorKind::add, node.name, {*a, *b}, result).add =
      solve_add(grid_of(*a), grid_of(*b), node.op == Op::sub, target.grid.scale);
  return result;
}

std::optional<TensorIndex> Lowering::compute_average(const Node& node, const Target& target) {
  const std::optional<TensorIndex> x = exact(node.inputs[0]);
  if (!x) return std::nullopt;
  return pooled(node, *x, write::OperatorKind::average_pool_2d, &target.grid, target.name);
}

std::optional<TensorIndex> Lowering::compute_softmax(const Node& node, const Target& target) {
  std::optional<TensorIndex> x = exact(node.inputs[0]);
  if (!x) return std::nullopt;
  const Shape& shape = graph_[node.outputs[0]].shape;
  std::vector<std::int64_t> perm(shape.size());
  std::iota(perm.begin(), perm.end(), std::int64_t{0});
  perm.erase(perm.begin() + node.axis);
  perm.push_back(node.axis);
  const bool last = is_identity_permutation(perm);
  if (!last) x = transpose(*x, perm, target.name + "_last_axis");

  write::SoftmaxSpec softmax;
  const double step = static_cast<double>(grid_of(*x).scale);
  for (int d = 0; d < 256; ++d) {
    softmax.table.push_back(static_cast<std::uint32_t>(std::nearbyint(std::ldexp(std::exp(-step * d), 20))));
  }
  const double numerator = std::nearbyint(65536.0 / static_cast<double>(target.grid.scale));
  if (!(numerator >= 1 && numerator <= 67108864.0)) return std::nullopt;
  softmax.numerator = static_cast<std::uint32_t>(numerator);
  const TensorIndex result = add_tensor(last ? target.name : target.name + "_rows", write::ElementType::s8,
                                        shape_of(*x), target.grid);
  emit(write::OperatorKind::softmax, node.name, {*x}, result).softmax = std::move(softmax);
  return last ? result : transpose(result, inverse(perm), target.name);
}

std::optional<TensorIndex> Lowering::compute_concat(const Node& node, const Target& target) {
  std::vector<TensorIndex> tensors;
  for (const ValueId id : node.inputs) {
    const std::optional<TensorIndex> x = exact(id);
    if (!x) return std::nullopt;
    tensors.push_back(*x);
  }
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::string part = "_input" + std::to_string(i);
    tensors[i] = requantize(tensors[i], {target.grid, target.name + part, target.node_name + part});
  }
  return concat(tensors, node.axis, target.grid, graph_[node.outputs[0]].shape, target.name, node.name);
}

/// Other levels, or only other bounds; nothing at all where the tensor is within them already.
TensorIndex Lowering::requantize(TensorIndex tensor, const Target& target) {
  const Grid own = grid_of(tensor);
  if (own.same_levels(target.grid)) {
    if (own.lo >= target.grid.lo && own.hi <= target.grid.hi) return tensor;
    const std::int32_t lo = std::clamp(own.lo, target.grid.lo, target.grid.hi);
    return clip(tensor, lo, std::clamp(own.hi, target.grid.lo, target.grid.hi), target.name);
  }
  const TensorIndex result = add_tensor(target.name, write::ElementType::s8, shape_of(tensor), target.grid);
  const double ratio = static_cast<double>(own.scale) / static_cast<double>(target.grid.scale);
  emit(write::OperatorKind::requantize, target.node_name, {tensor}, result).multiplier =
      static_cast<float>(std::clamp(ratio, std::ldexp(1.0, -100), std::ldexp(1.0, 100)));
  return result;
}

}  // namespace bulwark::converter::passes::lowering
