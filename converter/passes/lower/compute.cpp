// SPDX-License-Identifier: Apache-2.0
// Operators between dequantize and quantize, as integer operators. Each gives nothing back when what it reads
// is not exact.
#include <algorithm>

#include "converter/passes/lower/lowering.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::passes::lowering {
std::optional<TensorIndex> Lowering::compute(ValueId core, const Target& target) {
  const Node* node = producer(core);
  if (!node) return std::nullopt;
  if (const std::optional<TensorIndex> result = compute_lookup(core, target)) return result;
  switch (node->op) {
    case Op::conv:
    case Op::gemm:
    case Op::matmul:
      return compute_linear(*node, target);
    case Op::add:
    case Op::sub:
    case Op::mul:
      if (const auto result = wide_product(*node, target, write::ElementType::s8)) return result;
      return compute_binary(*node, target);
    case Op::div:
    case Op::maximum:
    case Op::minimum:
    case Op::prelu:
      return compute_binary(*node, target);
    case Op::reduce_sum:
    case Op::reduce_mean:
      return compute_sum(*node, target);
    case Op::average_pool:
    case Op::global_average_pool:
      return compute_average(*node, target);
    case Op::softmax:
    case Op::log_softmax:
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
  if (const std::optional<TensorIndex> result = time_filter(node, target)) return result;
  return lower_linear(node, &target, target.name);
}

std::optional<TensorIndex> Lowering::compute_average(const Node& node, const Target& target) {
  const std::optional<TensorIndex> x = exact(node.inputs[0]);
  if (!x) return std::nullopt;
  return pooled(node, *x, write::OperatorKind::average_pool_2d, &target.grid, target.name);
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
  emit(write::OperatorKind::requantize, target.node_name, {tensor}, result).multiplier =
      multiplier_of(static_cast<double>(own.scale) / static_cast<double>(target.grid.scale));
  return result;
}

}  // namespace bulwark::converter::passes::lowering
