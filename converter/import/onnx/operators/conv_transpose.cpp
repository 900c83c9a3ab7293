// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "converter/import/onnx/operators.h"
#include "schema/limits.h"

namespace bulwark::converter::import_onnx {
namespace {

void check_range(const char* what, std::int64_t value, std::int64_t lowest) {
  if (value < lowest || value > schema::kMaxKernelExtent) {
    throw Refusal(fmt::format("{} of {} is outside {}..{}", what, value, lowest, schema::kMaxKernelExtent));
  }
}

std::vector<std::int64_t> read_list(NodeContext& context, const char* name, std::size_t size,
                                    std::int64_t fallback) {
  const std::vector<std::int64_t> list = context.integers(name, std::vector<std::int64_t>(size, fallback));
  if (list.size() != size)
    throw Refusal(fmt::format("{} has {} entries, should have {}", name, list.size(), size));
  return list;
}

void expect_finite_floats(NodeContext& context, ValueId id) {
  context.expect_type(id, {DType::f32});
  const Value& v = context.value(id);
  if (v.constant && !std::all_of(v.constant->floats.begin(), v.constant->floats.end(),
                                 [](float f) { return std::isfinite(f); })) {
    throw Refusal(fmt::format("'{}' holds an infinity", v.name));
  }
}

/// Sizes of the result; fills the window, with what is cut off in front as the pads.
Shape read_window(NodeContext& context, Node& node, const Shape& x) {
  const std::size_t axes = node.kernel.size();
  node.strides = read_list(context, "strides", axes, 1);
  node.dilations = read_list(context, "dilations", axes, 1);
  node.pads = read_list(context, "pads", 2 * axes, 0);
  const std::vector<std::int64_t> further = read_list(context, "output_padding", axes, 0);
  const std::vector<std::int64_t> given = context.integers("output_shape", {});
  if (!given.empty() && given.size() != axes && given.size() != axes + 2) {
    throw Refusal(fmt::format("output_shape has {} entries for {} axes", given.size(), axes));
  }
  const std::string mode = context.string("auto_pad", "NOTSET");
  const bool upper = mode == "SAME_UPPER", same = upper || mode == "SAME_LOWER";
  if (!same && mode != "NOTSET" && mode != "VALID")
    throw Refusal(fmt::format("auto_pad '{}' does not exist", mode));
  Shape sizes;
  for (std::size_t i = 0; i < axes; ++i) {
    check_range("a kernel", node.kernel[i], 1);
    check_range("a stride", node.strides[i], 1);
    check_range("a dilation", node.dilations[i], 1);
    check_range("a padding", node.pads[i], 0);
    check_range("a padding", node.pads[axes + i], 0);
    check_range("an output padding", further[i], 0);
    const std::int64_t full =
        node.strides[i] * (x[2 + i] - 1) + node.dilations[i] * (node.kernel[i] - 1) + 1 + further[i];
    std::int64_t size = full - node.pads[i] - node.pads[axes + i];
    if (!given.empty() || same) {
      size = given.empty() ? x[2 + i] * node.strides[i] : given[given.size() - axes + i];
      const std::int64_t cut = std::max<std::int64_t>(0, full - size);
      node.pads[i] = upper ? cut / 2 : cut - cut / 2;
      node.pads[axes + i] = cut - node.pads[i];
    }
    if (size < 1 || size > full + node.strides[i]) throw Refusal(fmt::format("makes an axis of {}", size));
    sizes.push_back(size);
  }
  return sizes;
}

}  // namespace

/// Inputs: x [N,C,...], weights [C, M / groups, kernel], bias [M].
void import_conv_transpose(NodeContext& context) {
  context.expect_inputs(2, 3);
  const ValueId x = context.input(0), w = context.input(1);
  context.expect_rank(x, 3, 4);
  expect_finite_floats(context, x);
  expect_finite_floats(context, w);
  const Shape input = context.shape(x), weights = context.shape(w);
  Node node = simple_node(Op::conv_transpose, {x, w});
  node.groups = context.integer("group", 1);
  if (weights.size() != input.size() || weights[0] != input[1] || node.groups < 1 ||
      input[1] % node.groups != 0) {
    throw Refusal(fmt::format("{} groups and weights {} do not fit an input {}", node.groups, text(weights),
                              text(input)));
  }
  node.kernel.assign(weights.begin() + 2, weights.end());
  if (context.integers("kernel_shape", node.kernel) != node.kernel) {
    throw Refusal(fmt::format("kernel_shape is not that of the weights, {}", text(weights)));
  }
  Shape shape = read_window(context, node, input);
  shape.insert(shape.begin(), {input[0], weights[1] * node.groups});
  if (context.has_input(2)) {
    const ValueId bias = context.input(2);
    expect_finite_floats(context, bias);
    if (context.shape(bias) != Shape{shape[1]}) throw Refusal("the bias has not one number per channel");
    node.inputs.push_back(bias);
  }
  context.count_macs(input, element_count(weights) / weights[0]);
  context.output(std::move(node), shape, DType::f32);
}

}  // namespace bulwark::converter::import_onnx
