// SPDX-License-Identifier: Apache-2.0
// ReduceMean, ReduceSum, ReduceMax, ReduceMin. A mean over all spatial axes is a global average.
#include <algorithm>
#include <numeric>

#include "converter/import/onnx/operators.h"

namespace bulwark::converter::import_onnx {
namespace {

Op reduction(const std::string& type) {
  return type == "ReduceMean"  ? Op::reduce_mean
         : type == "ReduceSum" ? Op::reduce_sum
         : type == "ReduceMax" ? Op::reduce_max
                               : Op::reduce_min;
}

/// The axes, sorted; none at all when the operator does nothing.
std::vector<std::int64_t> reduced_axes(NodeContext& context, std::size_t rank) {
  std::vector<std::int64_t> axes = context.integers("axes", {});
  if (context.has_input(1)) axes = context.constant_integers(1, "the axes");
  const bool nothing = context.integer("noop_with_empty_axes", 0) != 0;
  if (axes.empty() && !nothing) {
    axes.resize(rank);
    std::iota(axes.begin(), axes.end(), std::int64_t{0});
  }
  return normalize_axes(axes, rank);
}

bool is_spatial(const std::vector<std::int64_t>& axes, std::size_t rank) {
  return (rank == 3 && axes == std::vector<std::int64_t>{2}) ||
         (rank == 4 && axes == std::vector<std::int64_t>{2, 3});
}

}  // namespace

void import_reduce(NodeContext& context) {
  context.expect_inputs(1, 2);
  const ValueId x = context.input(0);
  context.expect_type(x, {DType::f32});
  const Shape shape = context.shape(x);
  const std::vector<std::int64_t> axes = reduced_axes(context, shape.size());
  const bool keep = context.integer("keepdims", 1) != 0;
  Shape kept = shape, dropped;
  for (const std::int64_t axis : axes) kept[static_cast<std::size_t>(axis)] = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (!std::binary_search(axes.begin(), axes.end(), static_cast<std::int64_t>(i)))
      dropped.push_back(shape[i]);
  }
  Node node = simple_node(axes.empty() ? Op::identity : reduction(context.type()), {x});
  node.axes = axes;
  if (node.op == Op::reduce_mean && is_spatial(axes, shape.size()))
    node = simple_node(Op::global_average_pool, {x});
  if (keep || axes.empty()) {
    context.output(std::move(node), kept, DType::f32);
    return;
  }
  const ValueId reduced = context.add(std::move(node), kept, DType::f32, "kept");
  context.output(simple_node(Op::reshape, {reduced}), dropped, DType::f32);
}

}  // namespace bulwark::converter::import_onnx
