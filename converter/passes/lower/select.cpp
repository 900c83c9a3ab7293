// SPDX-License-Identifier: Apache-2.0
// Elements picked from a tensor, interpolated between its rows and columns, and the places of extremes.
#include <cmath>

#include "converter/passes/lower/lowering.h"

namespace bulwark::converter::passes::lowering {
namespace {

constexpr double kPositionUnit = 1024;  // schema/NUMERICS.md, "Resizing"

std::vector<std::int32_t> fixed_positions(const std::vector<double>& positions) {
  std::vector<std::int32_t> result;
  for (const double p : positions)
    result.push_back(static_cast<std::int32_t>(std::nearbyint(p * kPositionUnit)));
  return result;
}

bool carries_index(const Node& node) {
  return node.op == Op::cast || node.op == Op::reshape || node.op == Op::identity;
}

}  // namespace

TensorIndex Lowering::selected(const Node& node, TensorIndex tensor, const std::string& name) {
  const TensorIndex result =
      add_tensor(name, at(tensor).type, graph_[node.outputs[0]].shape, grid_of(tensor));
  if (node.op == Op::slice) {
    std::vector<std::int32_t> axes(node.starts.begin(), node.starts.end());
    axes.insert(axes.end(), node.steps.begin(), node.steps.end());
    emit(write::OperatorKind::slice, node.name, {tensor}, result).axes = std::move(axes);
  } else {
    write::OperatorSpec& op = emit(write::OperatorKind::gather, node.name, {tensor}, result);
    op.axes = {static_cast<std::int32_t>(node.axis)};
    op.indices.assign(node.indices.begin(), node.indices.end());
  }
  return result;
}

/// One axis is the second of two, the first of which has one element.
TensorIndex Lowering::resized(const Node& node, TensorIndex tensor, const std::string& name) {
  const Shape& shape = graph_[node.outputs[0]].shape;
  const std::int64_t axis = node.axes.at(0);
  const bool single = node.axes.size() == 1;
  const std::vector<double> rows = single ? std::vector<double>{0.0} : node.positions.at(0);
  const std::vector<double>& columns = node.positions.at(single ? 0 : 1);
  if (!single && (node.axes.size() != 2 || node.axes[1] != axis + 1)) {
    problem(node, "resizes axes that are no neighbours");
    return tensor;
  }
  Shape from = shape_of(tensor), to = shape;
  if (single) {
    from.insert(from.begin() + axis, 1);
    to.insert(to.begin() + axis, 1);
  }
  const TensorIndex in = reshape(tensor, from, name + "_input");
  const TensorIndex result = add_tensor(name, at(tensor).type, to, grid_of(tensor));
  write::OperatorSpec& op = emit(write::OperatorKind::resize, node.name, {in}, result);
  op.axes = {static_cast<std::int32_t>(axis)};
  op.resize.emplace();
  if (at(tensor).type == write::ElementType::f32) {
    op.resize->float_rows.assign(rows.begin(), rows.end());
    op.resize->float_columns.assign(columns.begin(), columns.end());
  } else {
    op.resize->rows = fixed_positions(rows);
    op.resize->columns = fixed_positions(columns);
  }
  return reshape(result, shape, name + "_row");
}

std::optional<TensorIndex> Lowering::index(ValueId id) {
  const Node* node = producer(id);
  while (node && carries_index(*node)) node = producer(node->inputs[0]);
  if (!node || (node->op != Op::arg_max && node->op != Op::arg_min)) return std::nullopt;
  const ValueId x = node->inputs[0];
  std::optional<TensorIndex> input = graph_[x].type == DType::f32 ? exact(x) : integer(x).tensor;
  if (!input) {
    note_float(*node, "its input is not quantized");
    input = real(x);
  }
  const Value& value = graph_[id];
  const write::ElementType type =
      value.type == DType::s32 ? write::ElementType::s32 : write::ElementType::s64;
  const TensorIndex result = add_tensor(value.name, type, value.shape);
  emit(node->op == Op::arg_max ? write::OperatorKind::arg_max : write::OperatorKind::arg_min, node->name,
       {*input}, result)
      .axes = {static_cast<std::int32_t>(node->axis)};
  return result;
}

}  // namespace bulwark::converter::passes::lowering
