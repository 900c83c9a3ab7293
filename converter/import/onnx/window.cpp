// SPDX-License-Identifier: Apache-2.0
#include "converter/import/onnx/window.h"

#include <fmt/format.h>

#include <algorithm>

namespace bulwark::converter::import_onnx {
namespace {

AutoPad read_auto_pad(NodeContext& context) {
  const std::string mode = context.string("auto_pad", "NOTSET");
  if (mode == "NOTSET" || mode.empty()) return AutoPad::explicit_pads;
  if (mode == "VALID") return AutoPad::valid;
  if (mode == "SAME_UPPER") return AutoPad::same_upper;
  if (mode == "SAME_LOWER") return AutoPad::same_lower;
  throw Refusal(fmt::format("auto_pad '{}' does not exist", mode));
}

std::vector<std::int64_t> read_list(NodeContext& context, const char* name, std::size_t size,
                                    std::int64_t fallback) {
  const std::vector<std::int64_t> list = context.integers(name, std::vector<std::int64_t>(size, fallback));
  if (list.size() != size)
    throw Refusal(fmt::format("{} has {} entries, should have {}", name, list.size(), size));
  return list;
}

}  // namespace

std::vector<std::int64_t> read_windows(NodeContext& context, Node& node,
                                       const std::vector<std::int64_t>& kernel,
                                       const std::vector<std::int64_t>& sizes) {
  const std::size_t axes = sizes.size();
  if (kernel.size() != axes)
    throw Refusal(fmt::format("kernel_shape {} does not fit the input", text(kernel)));
  node.kernel = kernel;
  node.strides = read_list(context, "strides", axes, 1);
  node.dilations = read_list(context, "dilations", axes, 1);
  node.pads = read_list(context, "pads", 2 * axes, 0);
  const AutoPad auto_pad = read_auto_pad(context);
  if (auto_pad != AutoPad::explicit_pads &&
      std::any_of(node.pads.begin(), node.pads.end(), [](std::int64_t p) { return p != 0; })) {
    throw Refusal("has both auto_pad and pads");
  }
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < axes; ++i) {
    WindowAxis axis{sizes[i],          kernel[i],    node.strides[i],
                    node.dilations[i], node.pads[i], node.pads[axes + i]};
    out.push_back(place_windows(axis, auto_pad, node.ceil_mode));
    node.pads[i] = axis.before;
    node.pads[axes + i] = axis.after;
  }
  return out;
}

}  // namespace bulwark::converter::import_onnx
