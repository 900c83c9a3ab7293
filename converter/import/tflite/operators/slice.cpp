// SPDX-License-Identifier: Apache-2.0
// Parts of tensors: slices, splits, packs, gathers, repetitions.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "converter/import/common/resample.h"
#include "converter/import/tflite/operators.h"

namespace bulwark::converter::import_tflite {
namespace {

constexpr std::int64_t kMostIndices = std::int64_t{1} << 24;

Node slice_node(ValueId x, std::vector<std::int64_t> starts, std::vector<std::int64_t> steps) {
  Node node = simple_node(Op::slice, {x});
  node.starts = std::move(starts);
  node.steps = std::move(steps);
  return node;
}

/// Output k is elements start .. start + size - 1 along the axis.
void output_part(NodeContext& context, ValueId x, std::int64_t axis, std::int64_t start, std::int64_t size,
                 std::size_t k) {
  Shape shape = context.shape(x);
  std::vector<std::int64_t> starts(shape.size(), 0), steps(shape.size(), 1);
  starts[static_cast<std::size_t>(axis)] = start;
  shape[static_cast<std::size_t>(axis)] = size;
  context.output_moved(slice_node(x, std::move(starts), std::move(steps)), std::move(shape), k);
}

void output_reshaped_slice(NodeContext& context, Node node, const Shape& sliced, Shape shape, std::size_t k,
                           const std::string& suffix) {
  const DType type = context.dtype(node.inputs[0]);
  if (sliced == shape) return context.output_moved(std::move(node), std::move(shape), k);
  const ValueId part = context.add(std::move(node), sliced, type, suffix);
  context.output_moved(simple_node(Op::reshape, {part}), std::move(shape), k);
}

/// One axis of a strided slice as the masks leave it.
struct Range {
  std::int64_t start, step, count;
};
Range range_of(std::int64_t begin, std::int64_t end, std::int64_t step, std::int64_t size, bool no_begin,
               bool no_end) {
  if (step == 0) throw Refusal("has a stride of 0");
  const std::int64_t lowest = step > 0 ? 0 : -1, highest = step > 0 ? size : size - 1;
  const auto bound = [&](std::int64_t at) { return std::clamp(at < 0 ? at + size : at, lowest, highest); };
  const std::int64_t from = no_begin ? (step > 0 ? 0 : size - 1) : bound(begin);
  const std::int64_t to = no_end ? (step > 0 ? size : -1) : bound(end);
  const std::int64_t span = step > 0 ? to - from : from - to, size_of_step = step > 0 ? step : -step;
  return {from, step, span <= 0 ? 0 : (span + size_of_step - 1) / size_of_step};
}

}  // namespace

void import_slice(NodeContext& context) {
  context.expect_inputs(3, 3);
  const ValueId x = context.input(0);
  const Shape from = context.shape(x);
  std::vector<std::int64_t> starts = context.constant_integers(1, "the start");
  Shape shape = context.constant_integers(2, "the size");
  if (starts.size() != from.size() || shape.size() != from.size()) {
    throw Refusal(
        fmt::format("has {} starts and {} sizes for {} axes", starts.size(), shape.size(), from.size()));
  }
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (shape[i] == -1) shape[i] = from[i] - starts[i];
    if (starts[i] < 0 || shape[i] < 1 || starts[i] > from[i] || shape[i] > from[i] - starts[i]) {
      throw Refusal(fmt::format("takes {} from {} on of an axis of {}", shape[i], starts[i], from[i]));
    }
  }
  context.output_moved(slice_node(x, std::move(starts), std::vector<std::int64_t>(from.size(), 1)), shape);
}

void import_strided_slice(NodeContext& context) {
  context.expect_inputs(4, 4);
  const auto& options = context.options<wire::StridedSliceOptions>();
  const ValueId x = context.input(0);
  const Shape from = context.shape(x);
  const std::vector<std::int64_t> begin = context.constant_integers(1, "the begin"),
                                  end = context.constant_integers(2, "the end"),
                                  stride = context.constant_integers(3, "the strides");
  if (begin.size() != end.size() || begin.size() != stride.size() || begin.size() > 2 * from.size() + 1) {
    throw Refusal(
        fmt::format("has {} begins, {} ends and {} strides", begin.size(), end.size(), stride.size()));
  }
  const auto has = [](std::int32_t mask, std::size_t i) { return i < 32 && (mask >> i & 1) != 0; };
  std::size_t named = 0, ellipses = 0;
  for (std::size_t i = 0; i < begin.size(); ++i) {
    const bool ellipsis = has(options.ellipsis_mask(), i);
    ellipses += ellipsis;
    named += !ellipsis && !has(options.new_axis_mask(), i);
  }
  if (named > from.size() || ellipses > 1) throw Refusal("has more entries than axes, or two ellipses");
  std::vector<std::int64_t> starts, steps;
  Shape sliced, shape;
  const auto keep_rest = [&](std::size_t until) {
    while (sliced.size() < until) {
      const std::int64_t size = from[sliced.size()];
      starts.push_back(0);
      steps.push_back(1);
      sliced.push_back(size);
      shape.push_back(size);
    }
  };
  for (std::size_t i = 0; i < begin.size(); ++i) {
    if (has(options.ellipsis_mask(), i)) {
      keep_rest(sliced.size() + from.size() - named);
    } else if (has(options.new_axis_mask(), i)) {
      shape.push_back(1);
    } else {
      const bool shrinks = has(options.shrink_axis_mask(), i);
      const std::int64_t size = from[sliced.size()];
      Range range = range_of(begin[i], options.offset() ? begin[i] + end[i] : end[i], stride[i], size,
                             has(options.begin_mask(), i), has(options.end_mask(), i));
      if (shrinks) range.count = 1;
      if (range.count < 1 || range.start < 0 || range.start >= size) {
        throw Refusal(fmt::format("takes nothing of axis {}, which has {} elements", sliced.size(), size));
      }
      starts.push_back(range.start);
      steps.push_back(shrinks ? 1 : range.step);
      sliced.push_back(range.count);
      if (!shrinks) shape.push_back(range.count);
    }
  }
  keep_rest(from.size());
  output_reshaped_slice(context, slice_node(x, std::move(starts), std::move(steps)), sliced, std::move(shape),
                        0, "slice");
}

void import_split(NodeContext& context) {
  const bool sizes_given = context.code() == wire::BuiltinOperator::SPLIT_V;
  context.expect_inputs(sizes_given ? 3 : 2, sizes_given ? 3 : 2);
  const ValueId x = context.input(sizes_given ? 0 : 1);
  const Shape from = context.shape(x);
  const std::int64_t axis =
      normalize_axis(context.constant_integer(sizes_given ? 2 : 0, "the axis"), from.size());
  const std::int64_t length = from[static_cast<std::size_t>(axis)];
  const std::int64_t outputs = static_cast<std::int64_t>(context.output_count());
  std::vector<std::int64_t> sizes;
  if (sizes_given) {
    sizes = context.constant_integers(1, "the sizes");
    std::int64_t rest = length;
    for (const std::int64_t size : sizes) rest -= size < 0 ? 0 : std::min(size, length + 1);
    for (std::int64_t& size : sizes) {
      if (size == -1) size = rest;
    }
  } else if (outputs > 0 && length % outputs == 0) {
    sizes.assign(static_cast<std::size_t>(outputs), length / outputs);
  }
  std::int64_t sum = 0;
  for (const std::int64_t size : sizes) {
    if (size < 1 || size > length)
      throw Refusal(fmt::format("has a part of {} of an axis of {}", size, length));
    sum += size;
  }
  if (static_cast<std::int64_t>(sizes.size()) != outputs || sum != length) {
    throw Refusal(fmt::format("does not split {} elements into {} outputs", length, outputs));
  }
  std::int64_t start = 0;
  for (std::size_t k = 0; k < sizes.size(); start += sizes[k++])
    output_part(context, x, axis, start, sizes[k], k);
}

void import_unpack(NodeContext& context) {
  context.expect_inputs(1, 1);
  const auto* options = context.find_options<wire::UnpackOptions>();
  const ValueId x = context.input(0);
  const Shape from = context.shape(x);
  const std::size_t axis =
      static_cast<std::size_t>(normalize_axis(options ? options->axis() : 0, from.size()));
  if (from[axis] != static_cast<std::int64_t>(context.output_count())) {
    throw Refusal(fmt::format("unpacks {} elements into {} outputs", from[axis], context.output_count()));
  }
  Shape sliced = from, shape = from;
  sliced[axis] = 1;
  shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  for (std::size_t k = 0; k < context.output_count(); ++k) {
    std::vector<std::int64_t> starts(from.size(), 0);
    starts[axis] = static_cast<std::int64_t>(k);
    output_reshaped_slice(context,
                          slice_node(x, std::move(starts), std::vector<std::int64_t>(from.size(), 1)), sliced,
                          shape, k, "slice" + std::to_string(k));
  }
}

void import_pack(NodeContext& context) {
  const auto* options = context.find_options<wire::PackOptions>();
  context.expect_inputs(1, 64);
  const Shape from = context.shape(context.input(0));
  Node node = simple_node(Op::concat, {});
  node.axis = normalize_axis(options ? options->axis() : 0, from.size() + 1);
  Shape part = from;
  part.insert(part.begin() + node.axis, 1);
  const DType type = context.dtype(context.input(0));
  const bool plain = type == DType::s32 || type == DType::s64 || type == DType::boolean;
  for (std::size_t i = 0; i < context.input_count(); ++i) {
    const ValueId x = plain ? context.input(i) : context.real(i);
    context.expect_type(context.input(i), {type});
    if (context.shape(x) != from) throw Refusal("packs tensors of different shapes");
    node.inputs.push_back(
        context.add(simple_node(Op::reshape, {x}), part, context.dtype(x), "part" + std::to_string(i)));
  }
  Shape shape = part;
  shape[static_cast<std::size_t>(node.axis)] = static_cast<std::int64_t>(context.input_count());
  if (plain) return context.output_moved(std::move(node), std::move(shape));
  context.output(std::move(node), std::move(shape));
}

void import_gather(NodeContext& context) {
  context.expect_inputs(2, 2);
  const auto* options = context.find_options<wire::GatherOptions>();
  if (options && options->batch_dims() != 0) throw Refusal("batch_dims other than 0 is not supported");
  const ValueId x = context.input(0);
  const Shape from = context.shape(x), places = context.constant(1, "the indices").shape;
  Node node = simple_node(Op::gather, {x});
  node.axis = normalize_axis(options ? options->axis() : 0, from.size());
  node.indices = context.constant_integers(1, "the indices");
  const std::size_t axis = static_cast<std::size_t>(node.axis);
  for (const std::int64_t index : node.indices) {
    if (index < 0 || index >= from[axis])
      throw Refusal(fmt::format("index {} is outside 0..{}", index, from[axis] - 1));
  }
  if (node.indices.empty()) throw Refusal("gathers nothing");
  Shape gathered = from, shape = from;
  gathered[axis] = static_cast<std::int64_t>(node.indices.size());
  const auto place = shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  shape.insert(place, places.begin(), places.end());
  output_reshaped_slice(context, std::move(node), gathered, std::move(shape), 0, "gather");
}

namespace {

/// Output 0 is x with every axis read at these indices; axes read in order are left alone.
void output_gathered(NodeContext& context, ValueId x, const std::vector<std::vector<std::int64_t>>& indices) {
  Shape shape = context.shape(x);
  const DType type = context.dtype(x);
  for (std::size_t axis = 0; axis < indices.size(); ++axis) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(shape[axis]));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    if (indices[axis] == order) continue;
    Node node = simple_node(Op::gather, {x});
    node.axis = static_cast<std::int64_t>(axis);
    node.indices = indices[axis];
    shape[axis] = static_cast<std::int64_t>(indices[axis].size());
    x = context.add(std::move(node), shape, type, "axis" + std::to_string(axis));
  }
  context.output_moved(simple_node(Op::identity, {x}), shape);
}

void check_count(std::int64_t count) {
  if (count < 1 || count > kMostIndices) throw Refusal(fmt::format("makes an axis of {}", count));
}

}  // namespace

/// TILE repeats every axis; BROADCAST_TO repeats axes of 1.
void import_tile(NodeContext& context) {
  context.expect_inputs(2, 2);
  const bool broadcast = context.code() == wire::BuiltinOperator::BROADCAST_TO;
  ValueId x = context.input(0);
  Shape from = context.shape(x);
  const std::vector<std::int64_t> wanted =
      context.constant_integers(1, broadcast ? "the shape" : "the multiples");
  if (broadcast && wanted.size() > from.size()) {
    from.insert(from.begin(), wanted.size() - from.size(), 1);
    x = context.add(simple_node(Op::reshape, {x}), from, context.dtype(x), "axes");
  }
  if (wanted.size() != from.size())
    throw Refusal(fmt::format("has {} numbers for {} axes", wanted.size(), from.size()));
  std::vector<std::vector<std::int64_t>> indices(from.size());
  for (std::size_t axis = 0; axis < from.size(); ++axis) {
    const std::int64_t size =
        broadcast ? wanted[axis] : (check_count(wanted[axis]), from[axis] * wanted[axis]);
    check_count(size);
    if (broadcast && size != from[axis] && from[axis] != 1) {
      throw Refusal(fmt::format("{} does not repeat to {}", text(from), text(wanted)));
    }
    for (std::int64_t i = 0; i < size; ++i) indices[axis].push_back(i % from[axis]);
  }
  output_gathered(context, x, indices);
}

void import_reverse(NodeContext& context) {
  context.expect_inputs(2, 2);
  const ValueId x = context.input(0);
  const Shape shape = context.shape(x);
  std::vector<std::int64_t> starts(shape.size(), 0), steps(shape.size(), 1);
  for (const std::int64_t axis : normalize_axes(context.constant_integers(1, "the axes"), shape.size())) {
    starts[static_cast<std::size_t>(axis)] = shape[static_cast<std::size_t>(axis)] - 1;
    steps[static_cast<std::size_t>(axis)] = -1;
  }
  context.output_moved(slice_node(x, std::move(starts), std::move(steps)), shape);
}

void import_resize_nearest(NodeContext& context) {
  context.expect_inputs(2, 2);
  const auto& options = context.options<wire::ResizeNearestNeighborOptions>();
  const ValueId x = context.input(0);
  context.expect_rank(x, 4, 4);
  const Shape from = context.shape(x);
  const std::vector<std::int64_t> size = context.constant_integers(1, "the size");
  if (size.size() != 2) throw Refusal("the size is not two numbers");
  std::vector<std::vector<std::int64_t>> indices(4);
  for (std::size_t axis = 0; axis < 4; ++axis) {
    const bool resized = axis == 1 || axis == 2;
    const std::int64_t to = resized ? size[axis - 1] : from[axis];
    check_count(to);
    indices[axis].resize(static_cast<std::size_t>(to));
    std::iota(indices[axis].begin(), indices[axis].end(), std::int64_t{0});
    if (resized)
      indices[axis] =
          LiteResize{from[axis], to, options.align_corners(), options.half_pixel_centers()}.nearest();
  }
  output_gathered(context, x, indices);
}

void import_resize_bilinear(NodeContext& context) {
  context.expect_inputs(2, 2);
  const auto& options = context.options<wire::ResizeBilinearOptions>();
  const ValueId stored = context.input(0);
  context.expect_rank(stored, 4, 4);
  const Shape from = context.shape(stored);
  const std::vector<std::int64_t> size = context.constant_integers(1, "the size");
  if (size.size() != 2) throw Refusal("the size is not two numbers");
  Node node = simple_node(Op::resize, {context.real(0)});
  node.axes = {1, 2};
  const bool quantized = context.dtype(stored) != DType::f32;
  for (std::size_t i = 0; i < 2; ++i) {
    check_count(size[i]);
    node.positions.push_back(
        LiteResize{from[i + 1], size[i], options.align_corners(), options.half_pixel_centers()}.linear(
            quantized));
  }
  context.output(std::move(node), {from[0], size[0], size[1], from[3]});
}

}  // namespace bulwark::converter::import_tflite
