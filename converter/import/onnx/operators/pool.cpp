// SPDX-License-Identifier: Apache-2.0
// MaxPool, AveragePool and the global pools.
#include <fmt/format.h>

#include <algorithm>

#include "converter/import/onnx/operators.h"
#include "converter/import/onnx/window.h"

namespace bulwark::converter::import_onnx {
namespace {

/// Every window must hold at least one element of the input: its padding is smaller than the window, and with
/// a dilation the input is at least one step long.
void expect_no_empty_window(const Node& node, const std::vector<std::int64_t>& sizes) {
  const std::size_t axes = sizes.size();
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t extent = node.dilations[i] * (node.kernel[i] - 1) + 1;
    if (node.pads[i] >= extent || node.pads[axes + i] >= extent || sizes[i] < node.dilations[i]) {
      throw Refusal("has windows that hold nothing but padding");
    }
  }
}

/// Ceil mode reaches beyond the padded input; that is more padding, except where an average counts padding.
void resolve_ceil_mode(Node& node, const std::vector<std::int64_t>& sizes,
                       const std::vector<std::int64_t>& windows) {
  const std::size_t axes = sizes.size();
  const bool counts = node.op == Op::average_pool && node.count_include_pad;
  bool beyond = false;
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t extent = node.dilations[i] * (node.kernel[i] - 1) + 1;
    const std::int64_t reach =
        (windows[i] - 1) * node.strides[i] + extent - sizes[i] - node.pads[i] - node.pads[axes + i];
    if (reach > 0 && !counts) node.pads[axes + i] += reach;
    beyond = beyond || (reach > 0 && counts);
  }
  node.ceil_mode = beyond;
}

}  // namespace

Planned plan_pool(NodeContext& context, ValueId x, Op op) {
  context.expect_rank(x, 3, 4);
  const Shape input = context.shape(x);
  const std::vector<std::int64_t> sizes(input.begin() + 2, input.end());
  Planned planned{simple_node(op, {x}), {input[0], input[1]}};
  Node& node = planned.node;
  if (!context.has("kernel_shape")) throw Refusal("has no kernel_shape");
  node.ceil_mode = context.integer("ceil_mode", 0) != 0;
  if (op == Op::average_pool) node.count_include_pad = context.integer("count_include_pad", 0) != 0;
  const std::vector<std::int64_t> windows =
      read_windows(context, node, context.integers("kernel_shape", {}), sizes);
  expect_no_empty_window(node, sizes);
  resolve_ceil_mode(node, sizes, windows);
  planned.shape.insert(planned.shape.end(), windows.begin(), windows.end());
  std::int64_t taps = 1;
  for (const std::int64_t k : node.kernel) taps *= k;
  context.count_macs(planned.shape, taps);
  return planned;
}

void import_pool(NodeContext& context) {
  context.expect_inputs(1, 1);
  const bool maximum = context.type() == "MaxPool";
  const ValueId x = context.input(0);
  if (maximum) {
    context.expect_type(x, {DType::f32, DType::s8, DType::u8});
    context.ignore("storage_order");  // of the indices
  } else {
    context.expect_type(x, {DType::f32});
  }
  Planned planned = plan_pool(context, x, maximum ? Op::max_pool : Op::average_pool);
  context.output(std::move(planned.node), planned.shape, context.dtype(x));
}

Planned plan_global_pool(NodeContext& context, ValueId x, Op op) {
  context.expect_rank(x, 3, 4);
  Shape shape = context.shape(x);
  std::fill(shape.begin() + 2, shape.end(), 1);
  return {simple_node(op, {x}), shape};
}

void import_global_pool(NodeContext& context) {
  context.expect_inputs(1, 1);
  const bool maximum = context.type() == "GlobalMaxPool";
  const ValueId x = context.input(0);
  context.expect_type(x, {DType::f32});
  Planned planned = plan_global_pool(context, x, maximum ? Op::global_max_pool : Op::global_average_pool);
  context.output(std::move(planned.node), planned.shape, DType::f32);
}

}  // namespace bulwark::converter::import_onnx
