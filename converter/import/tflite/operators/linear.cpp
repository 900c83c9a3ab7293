// SPDX-License-Identifier: Apache-2.0
// Convolutions and products with constant weights. TFLite adds the int32 bias to the accumulator as it is, so
// its scale is the accumulator's whatever the file says.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "converter/import/tflite/operators.h"
#include "converter/passes/rewrite.h"
#include "schema/limits.h"

namespace bulwark::converter::import_tflite {
namespace {

bool is_quantized(DType type) { return type == DType::s8 || type == DType::u8 || type == DType::s4; }

/// Weights of input i with their axes permuted and then shaped, behind a dequantize node; `channels` is the
/// source's axis of output channels, the first one of the result. Beside float activations the integers are
/// only a way to store floats.
ValueId weights(NodeContext& context, std::size_t i, const std::vector<std::int64_t>& perm,
                const Shape& shape, std::int64_t channels, bool as_floats) {
  const Value stored = context.constant(i, "the weights");
  context.expect_type(context.input(i), {DType::f32, DType::s8, DType::u8, DType::s4});
  context.budget().take(static_cast<std::uint64_t>(element_count(stored.shape)) * 2 * sizeof(std::int64_t));
  Constant moved = passes::gather(*stored.constant, passes::transpose_indices(stored.shape, perm));
  if (stored.type == DType::f32) return context.add_constant(DType::f32, shape, std::move(moved), "weights");
  const Levels& levels = context.levels(i);
  if (levels.per_axis() && levels.axis != channels) {
    throw Refusal(
        fmt::format("the weights '{}' have a scale for each index of axis {}, {}", stored.name, levels.axis,
                    channels < 0 ? "only one scale is supported" : fmt::format("should be {}", channels)));
  }
  const std::size_t count = levels.scales.size();
  const std::size_t row = static_cast<std::size_t>(element_count(shape)) / count;
  if (as_floats) {
    Constant real;
    for (std::size_t k = 0; k < moved.ints.size(); ++k) {
      const std::size_t c = k / row;
      real.floats.push_back(static_cast<float>(moved.ints[k] - levels.zero_points[c]) * levels.scales[c]);
    }
    return context.add_constant(DType::f32, shape, std::move(real), "weights");
  }
  const Shape entries = count > 1 ? Shape{static_cast<std::int64_t>(count)} : Shape{};
  Node node = simple_node(Op::dequantize, {});
  node.inputs = {context.add_constant(stored.type, shape, std::move(moved), "weights"),
                 context.add_constant(DType::f32, entries, {levels.scales, {}}, "weight_scales"),
                 context.add_constant(stored.type, entries, {{}, levels.zero_points}, "weight_zero_points")};
  return context.add(std::move(node), shape, DType::f32, "dequantized_weights");
}

/// The bias of input i, behind a dequantize node at the accumulator's scale; absent: none.
ValueId bias(NodeContext& context, std::size_t i, std::int64_t rows, bool as_floats, std::size_t x = 0) {
  if (!context.has_input(i)) return kNoValue;
  Value stored = context.constant(i, "the bias");
  context.expect_type(context.input(i), {DType::f32, DType::s32});
  if (element_count(stored.shape) != rows) {
    throw Refusal(fmt::format("the bias '{}' has shape {} for {} output channels", stored.name,
                              text(stored.shape), rows));
  }
  if (stored.type == DType::f32)
    return context.add_constant(DType::f32, {rows}, std::move(*stored.constant), "bias");
  if (as_floats)
    throw Refusal(fmt::format("the bias '{}' has type int32 beside float32 activations", stored.name));
  const float x_scale = context.levels(x).scales.at(0);
  const std::vector<float>& w_scales = context.levels(1).scales;
  Constant scales, zeros{{}, std::vector<std::int64_t>(w_scales.size(), 0)};
  for (const float w : w_scales) {
    scales.floats.push_back(static_cast<float>(static_cast<double>(x_scale) * static_cast<double>(w)));
    if (w != 0 && !std::isnormal(scales.floats.back()))
      throw Refusal("the scale of the bias is out of range");
  }
  const Shape entries = w_scales.size() > 1 ? Shape{rows} : Shape{};
  Node node = simple_node(Op::dequantize, {});
  node.inputs = {context.add_constant(DType::s32, {rows}, std::move(*stored.constant), "bias"),
                 context.add_constant(DType::f32, entries, std::move(scales), "bias_scales"),
                 context.add_constant(DType::s32, entries, std::move(zeros), "bias_zero_points")};
  return context.add(std::move(node), {rows}, DType::f32, "dequantized_bias");
}

/// Integer activations take integer weights. True when everything is float (or stored as integers to save
/// space).
bool computes_in_floats(NodeContext& context, std::size_t x, std::size_t w) {
  const bool floats = context.dtype(context.input(x)) == DType::f32;
  if (!floats && !is_quantized(context.dtype(context.input(w)))) {
    throw Refusal("mixes quantized activations and float32 weights");
  }
  return floats;
}

template <typename Options>
WindowOptions window_of(const Options& options, std::int64_t kernel_h, std::int64_t kernel_w) {
  return {kernel_h,
          kernel_w,
          options.stride_h(),
          options.stride_w(),
          options.dilation_h(),
          options.dilation_w(),
          options.padding()};
}

/// x [N,H,W,C] with weights [O, C / groups, kernel_h, kernel_w].
void output_conv(NodeContext& context, const WindowOptions& window, std::int64_t groups, ValueId w,
                 std::int64_t rows, std::int64_t depth, wire::Activation activation, bool in_floats) {
  const ValueId x = context.real(0);
  Node node = simple_node(Op::conv, {x, w});
  node.groups = groups;
  node.channels_last = true;
  Shape shape = read_window(node, context.shape(x), window);
  shape.push_back(rows);
  context.count_macs(shape, window.kernel_h * window.kernel_w * depth);
  const ValueId b = bias(context, 2, rows, in_floats);
  if (b != kNoValue) node.inputs.push_back(b);
  context.output(std::move(node), shape, activation);
}

}  // namespace

void import_conv(NodeContext& context) {
  context.expect_inputs(2, 3);
  const auto& options = context.options<wire::Conv2DOptions>();
  context.expect_rank(context.input(0), 4, 4);
  context.expect_rank(context.input(1), 4, 4);
  const Shape x = context.shape(context.input(0)),
              w = context.shape(context.input(1));  // w: O, H, W, C / groups
  const std::int64_t groups = x[3] / w[3];
  if (groups * w[3] != x[3] || w[0] % groups != 0) {
    throw Refusal(fmt::format("weights {} do not fit an input {}", text(w), text(x)));
  }
  const bool floats = computes_in_floats(context, 0, 1);
  const ValueId moved = weights(context, 1, {0, 3, 1, 2}, {w[0], w[3], w[1], w[2]}, 0, floats);
  output_conv(context, window_of(options, w[1], w[2]), groups, moved, w[0], w[3], options.fused_activation(),
              floats);
}

void import_depthwise_conv(NodeContext& context) {
  context.expect_inputs(2, 3);
  const auto& options = context.options<wire::DepthwiseConv2DOptions>();
  context.expect_rank(context.input(0), 4, 4);
  context.expect_rank(context.input(1), 4, 4);
  const Shape x = context.shape(context.input(0)),
              w = context.shape(context.input(1));  // w: 1, H, W, C * multiplier
  if (w[0] != 1 || w[3] % x[3] != 0) {
    throw Refusal(fmt::format("weights {} do not fit an input {}", text(w), text(x)));
  }
  if (options.depth_multiplier() != 0 && options.depth_multiplier() != w[3] / x[3]) {
    throw Refusal(fmt::format("has a multiplier of {}, its weights {} one of {}", options.depth_multiplier(),
                              text(w), w[3] / x[3]));
  }
  const bool floats = computes_in_floats(context, 0, 1);
  const ValueId moved = weights(context, 1, {3, 0, 1, 2}, {w[3], 1, w[1], w[2]}, 3, floats);
  output_conv(context, window_of(options, w[1], w[2]), x[3], moved, w[3], 1, options.fused_activation(),
              floats);
}

void import_fully_connected(NodeContext& context) {
  context.expect_inputs(2, 3);
  const auto& options = context.options<wire::FullyConnectedOptions>();
  if (options.weights_format() != wire::WeightsFormat::DEFAULT)
    throw Refusal("shuffled weights are not supported");
  if (context.output_count() != 1) throw Refusal("has more than one output");
  context.expect_rank(context.input(0), 1, 6);
  context.expect_rank(context.input(1), 2, 2);
  const Shape w = context.shape(context.input(1)), x = context.shape(context.input(0));  // w: O, D
  const std::int64_t rows = element_count(x) / w[1];
  if (rows * w[1] != element_count(x) || (options.keep_num_dims() && x.back() != w[1])) {
    throw Refusal(fmt::format("weights {} do not fit an input {}", text(w), text(x)));
  }
  const bool floats = computes_in_floats(context, 0, 1);
  const ValueId moved = weights(context, 1, {0, 1}, w, 0, floats);
  ValueId flat = context.real(0);
  if (x.size() != 2 || x[0] != rows)
    flat = context.add(simple_node(Op::reshape, {flat}), {rows, w[1]}, DType::f32, "flat");
  Node node = simple_node(Op::gemm, {flat, moved});
  node.trans_b = true;
  const ValueId b = bias(context, 2, w[0], floats);
  if (b != kNoValue) node.inputs.push_back(b);
  context.count_macs({rows, w[0]}, w[1]);
  Shape shape{rows, w[0]};
  if (options.keep_num_dims()) {
    shape = x;
    shape.back() = w[0];
  }
  context.output(std::move(node), {rows, w[0]}, options.fused_activation(), 0, &shape);
}

/// x [.., M, D] times a constant [.., D, O]; adj_x and adj_y say that the last two axes are stored the other
/// way round.
void import_batch_matmul(NodeContext& context) {
  context.expect_inputs(2, 2);
  const auto* options = context.find_options<wire::BatchMatMulOptions>();
  const bool adj_x = options && options->adj_x(), adj_y = options && options->adj_y();
  context.expect_rank(context.input(0), 2, 5);
  context.expect_rank(context.input(1), 2, 5);
  context.constant(1, "the second matrix");
  const bool floats = computes_in_floats(context, 0, 1);
  Shape w = context.shape(context.input(1));
  std::vector<std::int64_t> perm(w.size());
  std::iota(perm.begin(), perm.end(), std::int64_t{0});
  if (adj_y) std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  w = passes::permuted(w, perm);
  if (std::all_of(w.begin(), w.end() - 2, [](std::int64_t d) { return d == 1; }))
    w.erase(w.begin(), w.end() - 2);
  const ValueId right = weights(context, 1, perm, w, -1, floats);
  ValueId left = context.real(0);
  Shape x = context.shape(left);
  if (adj_x) {
    Node turn = simple_node(Op::transpose, {left});
    turn.perm.resize(x.size());
    std::iota(turn.perm.begin(), turn.perm.end(), std::int64_t{0});
    std::swap(turn.perm[x.size() - 1], turn.perm[x.size() - 2]);
    x = passes::permuted(x, turn.perm);
    left = context.add(std::move(turn), x, DType::f32, "turned");
  }
  const bool batches_fit =
      w.size() == 2 || (w.size() == x.size() && std::equal(w.begin(), w.end() - 2, x.begin()));
  if (!batches_fit || x.back() != w[w.size() - 2]) {
    throw Refusal(fmt::format("matrices {} and {} do not fit", text(x), text(w)));
  }
  Shape shape = x;
  shape.back() = w.back();
  context.count_macs(shape, x.back());
  context.output(simple_node(Op::matmul, {left, right}), shape);
}

namespace {

/// What SAME cuts off in front of an axis of a transposed convolution; VALID nothing.
std::int64_t cut_before(std::int64_t output, std::int64_t kernel, std::int64_t stride,
                        wire::Padding padding) {
  if (padding == wire::Padding::VALID) return 0;
  return std::max<std::int64_t>(0, ((output + stride - 1) / stride - 1) * stride + kernel - output) / 2;
}

void check_transposed(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride) {
  if (stride < 1 || stride > schema::kMaxKernelExtent || kernel > schema::kMaxKernelExtent || out < 1 ||
      out > schema::kMaxDimension || out > in * stride + kernel) {
    throw Refusal(
        fmt::format("makes {} places of {} with a kernel of {} and a stride of {}", out, in, kernel, stride));
  }
}

}  // namespace

/// Inputs: the shape of the result, weights [O, H, W, C], x, bias.
void import_transpose_conv(NodeContext& context) {
  context.expect_inputs(3, 4);
  const auto& options = context.options<wire::TransposeConvOptions>();
  context.expect_rank(context.input(1), 4, 4);
  context.expect_rank(context.input(2), 4, 4);
  const Shape shape = context.constant_integers(0, "the shape"), w = context.shape(context.input(1)),
              x = context.shape(context.input(2));
  if (shape.size() != 4 || shape[0] != x[0] || shape[3] != w[0] || w[3] != x[3]) {
    throw Refusal(
        fmt::format("weights {} and a shape {} do not fit an input {}", text(w), text(shape), text(x)));
  }
  check_transposed(x[1], shape[1], w[1], options.stride_h());
  check_transposed(x[2], shape[2], w[2], options.stride_w());
  const bool floats = computes_in_floats(context, 2, 1);
  const ValueId rows = weights(context, 1, {0, 3, 1, 2}, {w[0], w[3], w[1], w[2]}, 0, floats);
  Node turn = simple_node(Op::transpose, {rows});
  turn.perm = {1, 0, 2, 3};
  const ValueId turned = context.add(std::move(turn), {w[3], w[0], w[1], w[2]}, DType::f32, "turned_weights");
  Node node = simple_node(Op::conv_transpose, {context.real(2), turned});
  node.channels_last = true;
  node.kernel = {w[1], w[2]};
  node.strides = {options.stride_h(), options.stride_w()};
  node.dilations = {1, 1};
  node.pads = {cut_before(shape[1], w[1], options.stride_h(), options.padding()),
               cut_before(shape[2], w[2], options.stride_w(), options.padding()), 0, 0};
  const ValueId b = bias(context, 3, w[0], floats, 2);
  if (b != kNoValue) node.inputs.push_back(b);
  context.count_macs(shape, w[1] * w[2] * w[3]);
  context.output(std::move(node), shape, options.fused_activation());
}

}  // namespace bulwark::converter::import_tflite
