// SPDX-License-Identifier: Apache-2.0
// Pixels moved between space, channels and batch; transposed convolutions; the index of an extreme.
#include <fmt/format.h>

#include <algorithm>

#include "converter/import/tflite/operators.h"

namespace bulwark::converter::import_tflite {
namespace {

constexpr std::int64_t kMostBlock = 4096;

std::int64_t block_of(NodeContext& context, std::int64_t block) {
  if (block < 1 || block > kMostBlock) throw Refusal(fmt::format("a block of {} is not supported", block));
  context.expect_rank(context.input(0), 4, 4);
  return block;
}

/// reshape -> transpose -> reshape.
void output_mixed(NodeContext& context, const Shape& split, const std::vector<std::int64_t>& perm,
                  Shape shape) {
  const DType type = context.dtype(context.input(0));
  const ValueId parts = context.add(simple_node(Op::reshape, {context.input(0)}), split, type, "split");
  Node mix = simple_node(Op::transpose, {parts});
  mix.perm = perm;
  Shape mixed;
  for (const std::int64_t axis : perm) mixed.push_back(split[static_cast<std::size_t>(axis)]);
  const ValueId moved = context.add(std::move(mix), mixed, type, "mixed");
  context.output_moved(simple_node(Op::reshape, {moved}), std::move(shape));
}

}  // namespace

void import_depth_to_space(NodeContext& context) {
  context.expect_inputs(1, 1);
  const std::int64_t b = block_of(context, context.options<wire::DepthToSpaceOptions>().block_size());
  const Shape x = context.shape(context.input(0));
  if (x[3] % (b * b) != 0) throw Refusal(fmt::format("{} channels are not blocks of {} by {}", x[3], b, b));
  const std::int64_t c = x[3] / (b * b);
  output_mixed(context, {x[0], x[1], x[2], b, b, c}, {0, 1, 3, 2, 4, 5}, {x[0], x[1] * b, x[2] * b, c});
}

void import_space_to_depth(NodeContext& context) {
  context.expect_inputs(1, 1);
  const std::int64_t b = block_of(context, context.options<wire::SpaceToDepthOptions>().block_size());
  const Shape x = context.shape(context.input(0));
  if (x[1] % b != 0 || x[2] % b != 0)
    throw Refusal(fmt::format("{} is not divided by blocks of {}", text(x), b));
  output_mixed(context, {x[0], x[1] / b, b, x[2] / b, b, x[3]}, {0, 1, 3, 2, 4, 5},
               {x[0], x[1] / b, x[2] / b, x[3] * b * b});
}

/// SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND. One spatial axis is the second of two.
void import_batch_blocks(NodeContext& context) {
  context.expect_inputs(3, 3);
  const bool to_batch = context.code() == wire::BuiltinOperator::SPACE_TO_BATCH_ND;
  const ValueId x = context.input(0);
  context.expect_rank(x, 3, 4);
  const Shape from = context.shape(x);
  const std::size_t axes = from.size() - 2;
  const std::vector<std::int64_t> block = context.constant_integers(1, "the block"),
                                  edges =
                                      context.constant_integers(2, to_batch ? "the paddings" : "the crops");
  if (block.size() != axes || edges.size() != 2 * axes) {
    throw Refusal(
        fmt::format("has {} block sizes and {} edges for {} axes", block.size(), edges.size(), axes));
  }
  Node node = simple_node(to_batch ? Op::space_to_batch : Op::batch_to_space, {x});
  node.kernel = {1, 1};
  node.pads.assign(4, 0);
  Shape shape = from;
  std::int64_t blocks = 1;
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t b = block[i], before = edges[2 * i], after = edges[2 * i + 1];
    if (b < 1 || b > kMostBlock || before < 0 || after < 0 || before > kMostBlock || after > kMostBlock) {
      throw Refusal(fmt::format("blocks of {} with edges of {} and {} are not supported", b, before, after));
    }
    const std::size_t place = i + 2 - axes;
    node.kernel[place] = b;
    node.pads[place] = before;
    node.pads[2 + place] = after;
    blocks *= b;
    const std::int64_t size = to_batch ? from[1 + i] + before + after : from[1 + i] * b - before - after;
    if (size < 1 || (to_batch && size % b != 0))
      throw Refusal(fmt::format("an axis of {} has no blocks of {}", size, b));
    shape[1 + i] = to_batch ? size / b : size;
  }
  if (!to_batch && from[0] % blocks != 0)
    throw Refusal(fmt::format("a batch of {} has no blocks of {}", from[0], blocks));
  shape[0] = to_batch ? from[0] * blocks : from[0] / blocks;
  if (to_batch && context.dtype(x) != DType::f32)
    node.pad_value = static_cast<float>(context.levels(0).zero_points[0]);
  if (axes == 2) return context.output_moved(std::move(node), shape);
  const auto picture = [](Shape s) {
    s.insert(s.begin() + 1, 1);
    return s;
  };
  const DType type = context.dtype(x);
  node.inputs = {context.add(simple_node(Op::reshape, {x}), picture(from), type, "picture")};
  const ValueId moved = context.add(std::move(node), picture(shape), type, "blocks");
  context.output_moved(simple_node(Op::reshape, {moved}), shape);
}

void import_arg_extreme(NodeContext& context) {
  context.expect_inputs(2, 2);
  const ValueId x = context.real(0);
  Shape shape = context.shape(x);
  Node node = simple_node(context.code() == wire::BuiltinOperator::ARG_MAX ? Op::arg_max : Op::arg_min, {x});
  node.axis = normalize_axis(context.constant_integer(1, "the axis"), shape.size());
  shape.erase(shape.begin() + node.axis);
  const DType type = context.output_type();
  if (type != DType::s32 && type != DType::s64) throw Refusal(fmt::format("gives type {}", name(type)));
  context.output_typed(std::move(node), std::move(shape), type);
}

}  // namespace bulwark::converter::import_tflite
