// SPDX-License-Identifier: Apache-2.0
// Data movement and pools, on tensors of any type.
#include <algorithm>
#include <cmath>

#include "converter/passes/lower/lowering.h"
#include "converter/passes/lower/window.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::passes::lowering {
namespace {

std::string text(const std::vector<std::int64_t>& numbers) {
  std::string out;
  for (const std::int64_t n : numbers) out += std::to_string(n) + ",";
  return out;
}

std::vector<std::int32_t> narrow(const std::vector<std::int64_t>& numbers) {
  return {numbers.begin(), numbers.end()};
}

/// Padding after the input that makes `out` windows, where rounding up asks for more than is declared.
std::int64_t pad_after(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
                       std::int64_t dilation, std::int64_t before, std::int64_t after) {
  const std::int64_t needed = (out - 1) * stride + dilation * (kernel - 1) + 1 - in - before;
  return std::max(after, needed);
}

/// Ties go away from a level instead of to the even one (schema/NUMERICS.md, "Pools").
void push_ties(const Grid& grid, float from, write::PoolSpec& pool) {
  constexpr std::int32_t kMostTaps = 4096;
  const double level =
      grid.zero_point + std::nearbyint(static_cast<double>(from) / static_cast<double>(grid.scale));
  const std::int32_t taps = pool.kernel_h * pool.kernel_w;
  if (level < -128 || level > 127 || taps > kMostTaps) return;
  pool.origin_shift = static_cast<std::int32_t>(level) - grid.zero_point;
  pool.multiplier = static_cast<float>(1 + std::ldexp(1.0, -8) / taps);
}

}  // namespace

Window window_of(const Node& node) {
  const std::size_t axes = node.kernel.size();
  Window window;
  if (axes == 0) return window;
  const auto at = [](const std::vector<std::int64_t>& v, std::size_t i, std::int64_t otherwise) {
    return i < v.size() ? v[i] : otherwise;
  };
  window.kernel_w = node.kernel[axes - 1];
  window.stride_w = at(node.strides, axes - 1, 1);
  window.dilation_w = at(node.dilations, axes - 1, 1);
  window.left = at(node.pads, axes - 1, 0);
  window.right = at(node.pads, 2 * axes - 1, 0);
  if (axes < 2) return window;
  window.kernel_h = node.kernel[0];
  window.stride_h = at(node.strides, 0, 1);
  window.dilation_h = at(node.dilations, 0, 1);
  window.top = at(node.pads, 0, 0);
  window.bottom = at(node.pads, 2, 0);
  return window;
}

Shape picture_shape(const Shape& shape) {
  return shape.size() == 3 ? Shape{shape[0], 1, shape[1], shape[2]} : shape;
}

TensorIndex Lowering::reshape(TensorIndex tensor, const Shape& shape, const std::string& name) {
  const Shape wanted = shape.empty() ? Shape{1} : shape;
  const bool copy = fixed_.count(tensor) != 0 && name.ends_with("_copy");
  if (shape_of(tensor) == wanted && !copy) return tensor;
  const std::string key = "reshape " + std::to_string(tensor) + " " + text(wanted);
  const auto known = movements_.find(key);
  if (known != movements_.end() && !copy) return known->second;
  const TensorIndex result = add_tensor(name, at(tensor).type, wanted, grid_of(tensor));
  emit(write::OperatorKind::reshape, name, {tensor}, result);
  movements_[key] = result;
  return result;
}

TensorIndex Lowering::transpose(TensorIndex tensor, const std::vector<std::int64_t>& perm,
                                const std::string& name) {
  if (is_identity_permutation(perm)) return tensor;
  const std::string key = "transpose " + std::to_string(tensor) + " " + text(perm);
  const auto known = movements_.find(key);
  if (known != movements_.end()) return known->second;
  const TensorIndex result =
      add_tensor(name, at(tensor).type, permuted(shape_of(tensor), perm), grid_of(tensor));
  emit(write::OperatorKind::transpose, name, {tensor}, result).axes = narrow(perm);
  movements_[key] = result;
  return result;
}

TensorIndex Lowering::pad(TensorIndex tensor, const std::vector<std::int64_t>& pads,
                          const std::string& name) {
  Shape shape = shape_of(tensor);
  for (std::size_t i = 0; i < shape.size(); ++i) shape[i] += pads[i] + pads[shape.size() + i];
  const TensorIndex result = add_tensor(name, at(tensor).type, shape, grid_of(tensor));
  emit(write::OperatorKind::pad, name, {tensor}, result).axes = narrow(pads);
  return result;
}

TensorIndex Lowering::pad_with(TensorIndex tensor, const std::vector<std::int64_t>& pads, float value,
                               const std::string& name) {
  const bool real = at(tensor).type == write::ElementType::f32;
  const std::size_t rank = shape_of(tensor).size();
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::string part = name + "_axis" + std::to_string(axis);
    const auto border = [&](std::int64_t count, const char* side) {
      Shape shape = shape_of(tensor);
      shape[axis] = count;
      const auto elements = static_cast<std::size_t>(element_count(shape));
      if (real) return add_float_constant(part + side, shape, std::vector<float>(elements, value));
      return add_constant_tensor(part + side, shape, grid_of(tensor),
                                 std::vector<std::int32_t>(elements, static_cast<std::int32_t>(value)));
    };
    std::vector<TensorIndex> parts{tensor};
    if (pads[axis] > 0) parts.insert(parts.begin(), border(pads[axis], "_before"));
    if (pads[rank + axis] > 0) parts.push_back(border(pads[rank + axis], "_after"));
    if (parts.size() == 1) continue;
    Shape shape = shape_of(tensor);
    shape[axis] += pads[axis] + pads[rank + axis];
    tensor = concat(parts, static_cast<std::int64_t>(axis), grid_of(tensor), shape, part, part);
  }
  return tensor;
}

TensorIndex Lowering::concat(const std::vector<TensorIndex>& tensors, std::int64_t axis, const Grid& grid,
                             const Shape& shape, const std::string& name, const std::string& node_name) {
  const TensorIndex result = add_tensor(name, at(tensors[0]).type, shape, grid);
  emit(write::OperatorKind::concat, node_name, tensors, result).axes = {static_cast<std::int32_t>(axis)};
  return result;
}

TensorIndex Lowering::clip(TensorIndex tensor, std::int32_t lo, std::int32_t hi, const std::string& name) {
  Grid grid = grid_of(tensor);
  if (lo <= grid.lo && grid.hi <= hi) return tensor;
  grid.lo = lo;
  grid.hi = hi;
  const TensorIndex result = add_tensor(name, at(tensor).type, shape_of(tensor), grid);
  emit(write::OperatorKind::clip, name, {tensor}, result);
  return result;
}

TensorIndex Lowering::moved(const Node& node, TensorIndex tensor) {
  const ValueId y = node.outputs[0];
  const std::string name = tensor_name(y);
  if (node.op == Op::transpose) return transpose(tensor, node.perm, name);
  if (node.op == Op::slice || node.op == Op::gather) return selected(node, tensor, name);
  return reshape(tensor, graph_[y].shape, name);
}

TensorIndex Lowering::pooled(const Node& node, TensorIndex tensor, write::OperatorKind kind, const Grid* grid,
                             const std::string& name, float lo, float hi) {
  const Shape shape = graph_[node.outputs[0]].shape;
  const TensorIndex in = picture(tensor, name + "_input");
  const Shape from = shape_of(in), to = picture_shape(shape);
  const bool global = node.op == Op::global_average_pool || node.op == Op::global_max_pool;
  Window window = window_of(node);
  if (global) {
    window.kernel_h = from[1];
    window.kernel_w = from[2];
  }
  const Window declared = window;
  window.bottom = pad_after(from[1], to[1], window.kernel_h, window.stride_h, window.dilation_h, window.top,
                            window.bottom);
  window.right = pad_after(from[2], to[2], window.kernel_w, window.stride_w, window.dilation_w, window.left,
                           window.right);
  const bool counts =
      node.count_include_pad && kind == write::OperatorKind::average_pool_2d && declared.padded();
  if (!node.channels_last) problem(node, "is not in channels-last layout");
  if (counts && (window.bottom != declared.bottom || window.right != declared.right)) {
    problem(node, "rounds its size up and counts the padding");
  }
  const TensorIndex result = add_tensor(name, at(tensor).type, to, grid ? *grid : grid_of(tensor));
  write::PoolSpec pool;
  window.fill(pool);
  pool.count_include_pad = counts;
  if (grid && at(tensor).type != write::ElementType::f32) {
    pool.multiplier =
        static_cast<float>(static_cast<double>(grid_of(tensor).scale) / static_cast<double>(grid->scale));
    if (node.ties_away_from && !counts && grid->same_levels(grid_of(tensor)))
      push_ties(*grid, *node.ties_away_from, pool);
  }
  write::OperatorSpec& op = emit(kind, node.name, {in}, result);
  op.pool = pool;
  op.float_lo = lo;
  op.float_hi = hi;
  return unpicture(result, shape, name + "_row");
}

TensorIndex Lowering::picture(TensorIndex tensor, const std::string& name) {
  return reshape(tensor, picture_shape(shape_of(tensor)), name);
}

TensorIndex Lowering::unpicture(TensorIndex tensor, const Shape& shape, const std::string& name) {
  return reshape(tensor, shape, name);
}

}  // namespace bulwark::converter::passes::lowering
