// SPDX-License-Identifier: Apache-2.0
// Slice, Split, Gather, Tile, Expand, ArgMax: parts and repetitions of tensors.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "converter/import/onnx/operators.h"

namespace bulwark::converter::import_onnx {
namespace {

constexpr std::int64_t kMostElements = std::int64_t{1} << 24;  // of an axis

/// starts, ends, axes and steps are attributes before opset 10.
std::vector<std::int64_t> read_list(NodeContext& context, std::size_t input, const char* name) {
  if (context.has_input(input)) return context.constant_integers(input, name);
  return context.integers(name, {});
}

std::vector<std::int64_t> zeros(std::size_t rank) { return std::vector<std::int64_t>(rank, 0); }
std::vector<std::int64_t> ones(std::size_t rank) { return std::vector<std::int64_t>(rank, 1); }

}  // namespace

void import_slice(NodeContext& context) {
  context.expect_inputs(1, 5);
  const ValueId x = context.input(0);
  Shape shape = context.shape(x);
  const std::vector<std::int64_t> starts = read_list(context, 1, "starts"),
                                  ends = read_list(context, 2, "ends");
  std::vector<std::int64_t> axes = read_list(context, 3, "axes"), steps;
  if (context.has_input(4)) steps = context.constant_integers(4, "steps");
  if (axes.empty()) {
    axes.resize(starts.size());
    std::iota(axes.begin(), axes.end(), std::int64_t{0});
  }
  if (steps.empty()) steps = ones(starts.size());
  if (starts.size() != ends.size() || starts.size() != axes.size() || starts.size() != steps.size()) {
    throw Refusal(fmt::format("has {} starts, {} ends, {} axes and {} steps", starts.size(), ends.size(),
                              axes.size(), steps.size()));
  }
  normalize_axes(axes, shape.size());
  Node node = simple_node(Op::slice, {x});
  node.starts = zeros(shape.size());
  node.steps = ones(shape.size());
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::size_t axis = static_cast<std::size_t>(normalize_axis(axes[i], shape.size()));
    const std::int64_t size = shape[axis], step = steps[i];
    if (step == 0 || step < -kMostElements || step > kMostElements)
      throw Refusal(fmt::format("a step of {}", step));
    const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
    const auto bound = [&](std::int64_t at) {
      return at < -size ? low : std::clamp(at < 0 ? at + size : at, low, high);
    };
    const std::int64_t from = bound(starts[i]),
                       span = step > 0 ? bound(ends[i]) - from : from - bound(ends[i]);
    const std::int64_t stride = step > 0 ? step : -step;
    if (span <= 0 || from < 0)
      throw Refusal(fmt::format("takes nothing of axis {}, which has {} elements", axis, size));
    node.starts[axis] = from;
    node.steps[axis] = step;
    shape[axis] = (span + stride - 1) / stride;
  }
  context.output(std::move(node), shape, context.dtype(x));
}

void import_split(NodeContext& context) {
  context.expect_inputs(1, 2);
  const ValueId x = context.input(0);
  const Shape from = context.shape(x);
  const std::size_t axis = static_cast<std::size_t>(normalize_axis(context.integer("axis", 0), from.size()));
  const std::int64_t outputs = static_cast<std::int64_t>(context.output_count());
  const std::int64_t parts = context.integer("num_outputs", outputs), length = from[axis];
  std::vector<std::int64_t> sizes = read_list(context, 1, "split");
  if (sizes.empty() && parts > 0) {  // the last part takes what is left
    const std::int64_t size = (length + parts - 1) / parts;
    for (std::int64_t start = 0; start < length; start += size)
      sizes.push_back(std::min(size, length - start));
  }
  std::int64_t sum = 0;
  for (const std::int64_t size : sizes) {
    if (size < 1 || size > length)
      throw Refusal(fmt::format("has a part of {} of an axis of {}", size, length));
    sum += size;
  }
  if (sum != length || static_cast<std::int64_t>(sizes.size()) != outputs) {
    throw Refusal(fmt::format("does not split {} elements into {} outputs", length, outputs));
  }
  std::int64_t start = 0;
  for (std::size_t k = 0; k < sizes.size(); start += sizes[k++]) {
    Node node = simple_node(Op::slice, {x});
    node.starts = zeros(from.size());
    node.steps = ones(from.size());
    node.starts[axis] = start;
    Shape shape = from;
    shape[axis] = sizes[k];
    context.output(std::move(node), shape, context.dtype(x), k);
  }
}

namespace {

/// The value with one axis read at these indices; itself where they are all of it in order.
ValueId gathered(NodeContext& context, ValueId x, std::size_t axis,
                 const std::vector<std::int64_t>& indices) {
  Shape shape = context.shape(x);
  std::vector<std::int64_t> order(static_cast<std::size_t>(shape[axis]));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  if (indices == order) return x;
  Node node = simple_node(Op::gather, {x});
  node.axis = static_cast<std::int64_t>(axis);
  node.indices = indices;
  shape[axis] = static_cast<std::int64_t>(indices.size());
  return context.add(std::move(node), shape, context.dtype(x), "axis" + std::to_string(axis));
}

}  // namespace

ValueId gather_axis(NodeContext& context, ValueId x, std::size_t axis,
                    const std::vector<std::int64_t>& indices) {
  return gathered(context, x, axis, indices);
}

void import_gather(NodeContext& context) {
  context.expect_inputs(2, 2);
  const ValueId x = context.input(0);
  const Shape from = context.shape(x);
  const Value indices = context.constant(1, "the index");
  if (indices.type == DType::f32 || indices.constant->ints.empty())
    throw Refusal("the index holds no integers");
  Node node = simple_node(Op::gather, {x});
  node.axis = normalize_axis(context.integer("axis", 0), from.size());
  const std::size_t axis = static_cast<std::size_t>(node.axis);
  for (const std::int64_t index : indices.constant->ints) {
    node.indices.push_back(normalize_axis(index, static_cast<std::size_t>(from[axis])));
  }
  Shape picked = from, shape = from;
  picked[axis] = static_cast<std::int64_t>(node.indices.size());
  const auto place = shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  shape.insert(place, indices.shape.begin(), indices.shape.end());
  const DType type = context.dtype(x);
  if (picked == shape) return context.output(std::move(node), shape, type);
  const ValueId all = context.add(std::move(node), picked, type, "gather");
  context.output(simple_node(Op::reshape, {all}), shape, type);
}

/// Tile repeats every axis, Expand repeats axes of 1.
void import_tile(NodeContext& context) {
  context.expect_inputs(2, 2);
  const bool expand = context.type() == "Expand";
  ValueId x = context.input(0);
  std::vector<std::int64_t> wanted = context.constant_integers(1, expand ? "the shape" : "the repeats");
  Shape from = context.shape(x);
  if (expand && wanted.size() > from.size()) {
    from.insert(from.begin(), wanted.size() - from.size(), 1);
    x = context.add(simple_node(Op::reshape, {x}), from, context.dtype(x), "axes");
  }
  if (expand) wanted.insert(wanted.begin(), from.size() - wanted.size(), 1);
  if (wanted.size() != from.size())
    throw Refusal(fmt::format("has {} repeats for {} axes", wanted.size(), from.size()));
  for (std::size_t axis = 0; axis < from.size(); ++axis) {
    const bool fits = !expand || wanted[axis] == 1 || from[axis] == 1 || wanted[axis] == from[axis];
    if (wanted[axis] < 1 || wanted[axis] > kMostElements || !fits) {
      throw Refusal(fmt::format("{} does not repeat to {}", text(from), text(wanted)));
    }
    const std::int64_t size = expand ? std::max(from[axis], wanted[axis]) : from[axis] * wanted[axis];
    if (size > kMostElements) throw Refusal(fmt::format("makes an axis of {}", size));
    std::vector<std::int64_t> indices;
    for (std::int64_t i = 0; i < size; ++i) indices.push_back(i % from[axis]);
    x = gathered(context, x, axis, indices);
  }
  const Shape shape = context.shape(x);
  context.output(simple_node(Op::identity, {x}), shape, context.dtype(x));
}

void import_arg_extreme(NodeContext& context) {
  context.expect_inputs(1, 1);
  const ValueId x = context.input(0);
  context.expect_type(x, {DType::f32, DType::s8, DType::u8});
  if (context.integer("select_last_index", 0) != 0) throw Refusal("select_last_index is not supported");
  Shape shape = context.shape(x);
  Node node = simple_node(context.type() == "ArgMax" ? Op::arg_max : Op::arg_min, {x});
  node.axis = normalize_axis(context.integer("axis", 0), shape.size());
  const auto axis = shape.begin() + node.axis;
  if (context.integer("keepdims", 1) != 0) {
    *axis = 1;
  } else {
    shape.erase(axis);
  }
  context.output(std::move(node), shape, DType::s64);
}

/// Blocks between channels and space; in DCR order the phases are the slower part of the channels, in CRD the
/// faster.
void import_depth_blocks(NodeContext& context) {
  context.expect_inputs(1, 1);
  const ValueId x = context.input(0);
  context.expect_rank(x, 4, 4);
  const bool to_space = context.type() == "DepthToSpace";
  const std::int64_t b = context.integer("blocksize", 0);
  const std::string mode = to_space ? context.string("mode", "DCR") : "DCR";
  const Shape s = context.shape(x);
  if (b < 1 || b > 4096) throw Refusal(fmt::format("a block of {} is not supported", b));
  if (mode != "DCR" && mode != "CRD") throw Refusal(fmt::format("mode '{}' does not exist", mode));
  if (to_space ? s[1] % (b * b) != 0 : (s[2] % b != 0 || s[3] % b != 0)) {
    throw Refusal(fmt::format("{} is not divided by blocks of {}", text(s), b));
  }
  Shape split, shape;
  std::vector<std::int64_t> perm;
  if (to_space) {
    const std::int64_t c = s[1] / (b * b);
    split = mode == "DCR" ? Shape{s[0], b, b, c, s[2], s[3]} : Shape{s[0], c, b, b, s[2], s[3]};
    perm = mode == "DCR" ? std::vector<std::int64_t>{0, 3, 4, 1, 5, 2}
                         : std::vector<std::int64_t>{0, 1, 4, 2, 5, 3};
    shape = {s[0], c, s[2] * b, s[3] * b};
  } else {
    split = {s[0], s[1], s[2] / b, b, s[3] / b, b};
    perm = {0, 3, 5, 1, 2, 4};
    shape = {s[0], s[1] * b * b, s[2] / b, s[3] / b};
  }
  const DType type = context.dtype(x);
  const ValueId parts = context.add(simple_node(Op::reshape, {x}), split, type, "split");
  Node mix = simple_node(Op::transpose, {parts});
  mix.perm = perm;
  Shape mixed;
  for (const std::int64_t axis : perm) mixed.push_back(split[static_cast<std::size_t>(axis)]);
  const ValueId moved = context.add(std::move(mix), mixed, type, "mixed");
  context.output(simple_node(Op::reshape, {moved}), shape, type);
}

}  // namespace bulwark::converter::import_onnx
