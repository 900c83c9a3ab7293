// SPDX-License-Identifier: Apache-2.0
// Pools, and the window that convolutions have too.
#include <fmt/format.h>

#include "converter/import/tflite/operators.h"

namespace bulwark::converter::import_tflite {

Shape read_window(Node& node, const Shape& x, const WindowOptions& window) {
  if (window.padding != wire::Padding::SAME && window.padding != wire::Padding::VALID) {
    throw Refusal(fmt::format("has padding {}, which does not exist", static_cast<int>(window.padding)));
  }
  const AutoPad mode = window.padding == wire::Padding::SAME ? AutoPad::same_upper : AutoPad::valid;
  WindowAxis high{x[1], window.kernel_h, window.stride_h, window.dilation_h, 0, 0};
  WindowAxis wide{x[2], window.kernel_w, window.stride_w, window.dilation_w, 0, 0};
  const Shape shape{x[0], place_windows(high, mode, false), place_windows(wide, mode, false)};
  node.kernel = {window.kernel_h, window.kernel_w};
  node.strides = {window.stride_h, window.stride_w};
  node.dilations = {window.dilation_h, window.dilation_w};
  node.pads = {high.before, wide.before, high.after, wide.after};
  return shape;
}

void import_pool(NodeContext& context) {
  context.expect_inputs(1, 1);
  const auto& options = context.options<wire::Pool2DOptions>();
  const ValueId x = context.real(0);
  context.expect_rank(x, 4, 4);
  Node node = simple_node(
      context.code() == wire::BuiltinOperator::MAX_POOL_2D ? Op::max_pool : Op::average_pool, {x});
  node.channels_last = true;
  if (context.dtype(context.input(0)) !=
      DType::f32) {  // it divides the sum of levels: ties go away from level 0
    const Levels& levels = context.levels(0);
    node.ties_away_from = -static_cast<float>(levels.zero_points[0]) * levels.scales[0];
  }
  Shape shape = read_window(node, context.shape(x),
                            {options.filter_h(), options.filter_w(), options.stride_h(), options.stride_w(),
                             1, 1, options.padding()});
  shape.push_back(context.shape(x)[3]);
  context.count_macs(shape, static_cast<std::int64_t>(options.filter_h()) * options.filter_w());
  context.output(std::move(node), shape, options.fused_activation());
}

}  // namespace bulwark::converter::import_tflite
