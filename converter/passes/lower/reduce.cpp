// SPDX-License-Identifier: Apache-2.0
// Sums, means and extremes over axes. A mean over the places of a picture is an average pool.
#include <algorithm>

#include "converter/passes/lower/lowering.h"
#include "converter/passes/rewrite.h"
#include "schema/limits.h"

namespace bulwark::converter::passes::lowering {
namespace {

std::int64_t taps_of(const Node& node, const Shape& shape) {
  std::int64_t taps = 1;
  for (const std::int64_t axis : node.axes) taps *= shape[static_cast<std::size_t>(axis)];
  return taps;
}

/// All axes but the first and the last, of a picture of one or two axes whose window a pool may have.
bool is_global_pool(const Node& node, const Shape& shape) {
  if (shape.size() != 3 && shape.size() != 4) return false;
  std::vector<std::int64_t> middle = {1, 2};
  middle.resize(shape.size() - 2);
  return node.axes == middle && std::all_of(shape.begin() + 1, shape.end() - 1,
                                            [](std::int64_t d) { return d <= schema::kMaxKernelExtent; });
}

Node global_pool(const Node& node) {
  Node pool = node;
  pool.op = Op::global_average_pool;
  pool.axes.clear();
  pool.channels_last = true;
  return pool;
}

}  // namespace

TensorIndex Lowering::reduced(const Node& node, TensorIndex input, const Grid& grid,
                              const std::string& name) {
  const Shape shape = shape_of(input);
  Shape to = shape;
  for (const std::int64_t axis : node.axes) to[static_cast<std::size_t>(axis)] = 1;
  const bool largest = node.op == Op::reduce_max, smallest = node.op == Op::reduce_min;
  const TensorIndex result = add_tensor(name, at(input).type, to, grid);
  write::OperatorSpec& op = emit(largest    ? write::OperatorKind::reduce_max
                                 : smallest ? write::OperatorKind::reduce_min
                                            : write::OperatorKind::reduce_sum,
                                 node.name, {input}, result);
  for (const std::int64_t axis : node.axes) op.axes.push_back(static_cast<std::int32_t>(axis));
  if (largest || smallest) return result;
  double ratio = node.op == Op::reduce_mean ? 1.0 / static_cast<double>(taps_of(node, shape)) : 1.0;
  if (at(input).type != write::ElementType::f32) {
    ratio *= static_cast<double>(grid_of(input).scale) / static_cast<double>(grid.scale);
  }
  op.multiplier = multiplier_of(ratio);
  return result;
}

std::optional<TensorIndex> Lowering::compute_sum(const Node& node, const Target& target) {
  const std::optional<TensorIndex> x = exact(node.inputs[0]);
  if (!x) return std::nullopt;
  const Shape shape = shape_of(*x);
  constexpr std::int64_t kMostTaps = (std::int64_t{1} << 31) / 255 - 1;
  if (taps_of(node, shape) > kMostTaps) return std::nullopt;
  if (node.op == Op::reduce_mean && is_global_pool(node, shape)) {
    return pooled(global_pool(node), *x, write::OperatorKind::average_pool_2d, &target.grid, target.name);
  }
  return reduced(node, *x, target.grid, target.name);
}

TensorIndex Lowering::real_reduced(const Node& node, float lo, float hi, const std::string& name) {
  const TensorIndex x = real(node.inputs[0]);
  note_float(node, "its input or its result is not quantized");
  const TensorIndex result = reduced(node, x, {}, name);
  spec_.operators.back().float_lo = lo;
  spec_.operators.back().float_hi = hi;
  return result;
}

}  // namespace bulwark::converter::passes::lowering
