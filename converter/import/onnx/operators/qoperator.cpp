// SPDX-License-Identifier: Apache-2.0
// QLinearConv, QLinearMatMul and QGemm: dequantize -> operator -> quantize. The int32 bias keeps its
// integers.
#include <fmt/format.h>

#include <limits>

#include "converter/import/onnx/operators.h"

namespace bulwark::converter::import_onnx {
namespace {

ValueId dequantized(NodeContext& context, std::size_t x, std::size_t scale, std::size_t zero_point,
                    std::int64_t axis, const char* suffix) {
  const ValueId id = context.input(x);
  context.expect_type(id, {DType::s8, DType::u8});
  const Shape shape = context.shape(id);
  const Quantization q = quantization(context, scale, zero_point, shape, context.dtype(id), axis);
  return context.add(dequantize_node(id, q), shape, DType::f32, suffix);
}

void expect_one_scale(NodeContext& context, std::size_t scale, const char* what) {
  if (element_count(context.constant(scale, what).shape) != 1) {
    throw Refusal(fmt::format("{} has more than one element", what));
  }
}

void output_quantized(NodeContext& context, Planned planned, std::size_t scale, std::size_t zero_point) {
  expect_one_scale(context, scale, "the output's scale");
  const DType type = zero_point_type(context, zero_point, DType::u8);
  const Quantization q = quantization(context, scale, zero_point, planned.shape, type, 0);
  const ValueId y = context.add(std::move(planned.node), planned.shape, DType::f32, "real");
  context.output(quantize_node(y, q), planned.shape, type);
}

/// An int32 bias at the scale of the accumulator, alpha * x_scale * w_scale[c], formed in double and rounded
/// once. `axis` is the bias's own axis of output channels.
ValueId dequantized_bias(NodeContext& context, std::size_t bias, std::size_t x_scale, std::size_t w_scale,
                         std::int64_t axis, double alpha) {
  const ValueId id = context.input(bias);
  context.expect_type(id, {DType::s32});
  const Shape shape = context.shape(id);
  const float x = context.constant_real(x_scale, "the input's scale");
  const std::vector<float> w = context.constant(w_scale, "the weights' scale").constant->floats;
  const std::size_t count = w.size();
  if (count > 1 &&
      (shape.empty() || shape[static_cast<std::size_t>(axis)] != static_cast<std::int64_t>(count))) {
    throw Refusal(fmt::format("a bias of shape {} does not fit {} scales", text(shape), count));
  }
  Value scale{"", DType::f32, count > 1 ? Shape{static_cast<std::int64_t>(count)} : Shape{}, Constant{}};
  for (const float s : w) {
    const double product = alpha * static_cast<double>(x) * static_cast<double>(s);
    scale.constant->floats.push_back(static_cast<float>(product));
    if (!(scale.constant->floats.back() >= std::numeric_limits<float>::min())) {
      throw Refusal("the scale of the bias is too small");
    }
  }
  Value zero{"", DType::s32, scale.shape, Constant{{}, std::vector<std::int64_t>(count, 0)}};
  Quantization q;
  q.scale = context.add_constant(std::move(scale), "bias_scale");
  q.zero_point = context.add_constant(std::move(zero), "bias_zero_point");
  q.axis = count > 1 ? axis : 0;
  return context.add(dequantize_node(id, q), shape, DType::f32, "bias");
}

}  // namespace

void import_qlinear_conv(NodeContext& context) {
  context.expect_inputs(8, 9);
  expect_one_scale(context, 1, "the input's scale");
  const ValueId x = dequantized(context, 0, 1, 2, 0, "input");
  const ValueId w = dequantized(context, 3, 4, 5, 0, "weights");
  const ValueId bias = context.has_input(8) ? dequantized_bias(context, 8, 1, 4, 0, 1.0) : kNoValue;
  output_quantized(context, plan_conv(context, x, w, bias), 6, 7);
}

void import_qlinear_matmul(NodeContext& context) {
  context.expect_inputs(8, 8);
  expect_one_scale(context, 1, "the input's scale");
  const ValueId a = dequantized(context, 0, 1, 2, 0, "input");
  const ValueId b = dequantized(context, 3, 4, 5, -1, "weights");
  output_quantized(context, plan_matmul(context, a, b), 6, 7);
}

void import_qgemm(NodeContext& context) {
  context.expect_inputs(6, 9);
  expect_one_scale(context, 1, "the input's scale");
  const float alpha = context.real("alpha", 1.0f);
  if (!(alpha > 0)) throw Refusal("alpha must be positive");
  const bool trans_a = context.integer("transA", 0) != 0, trans_b = context.integer("transB", 0) != 0;
  context.expect_rank(context.input(0), 2, 2);
  context.expect_rank(context.input(3), 2, 2);
  const ValueId a = dequantized(context, 0, 1, 2, 0, "input");
  const ValueId b = dequantized(context, 3, 4, 5, trans_b ? 0 : 1, "weights");
  const Shape left = context.shape(a), right = context.shape(b);
  const std::int64_t depth = left[trans_a ? 0 : 1];
  if (right[trans_b ? 1 : 0] != depth) {
    throw Refusal(fmt::format("matrices {} and {} do not fit", text(left), text(right)));
  }
  Planned planned{simple_node(Op::gemm, {a, b}), {left[trans_a ? 1 : 0], right[trans_b ? 0 : 1]}};
  planned.node.alpha = alpha;
  planned.node.trans_a = trans_a;
  planned.node.trans_b = trans_b;
  if (context.has_input(6)) {
    const Shape c = context.shape(context.input(6));
    if (broadcast(planned.shape, c) != planned.shape) {
      throw Refusal(fmt::format("C of shape {} does not broadcast to {}", text(c), text(planned.shape)));
    }
    const std::int64_t axis = c.empty() ? 0 : static_cast<std::int64_t>(c.size()) - 1;
    planned.node.inputs.push_back(dequantized_bias(context, 6, 1, 4, axis, static_cast<double>(alpha)));
  }
  context.count_macs(planned.shape, depth);
  if (context.has_input(7)) {
    output_quantized(context, std::move(planned), 7, 8);
  } else {
    context.output(std::move(planned.node), planned.shape, DType::f32);
  }
}

}  // namespace bulwark::converter::import_onnx
