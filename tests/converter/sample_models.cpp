// SPDX-License-Identifier: Apache-2.0
#include "tests/converter/sample_models.h"

#include <algorithm>
#include <cmath>

namespace bulwark::test {
namespace {

using namespace converter::write;
using Shape = std::vector<std::int32_t>;

TensorSpec float_tensor(const char* name, Shape shape) {
  TensorSpec tensor;
  tensor.name = name;
  tensor.type = ElementType::f32;
  tensor.shape = std::move(shape);
  return tensor;
}

TensorSpec s8_tensor(const char* name, Shape shape, float scale, std::int32_t zero_point,
                     std::int32_t lo = -128, std::int32_t hi = 127) {
  TensorSpec tensor;
  tensor.name = name;
  tensor.shape = std::move(shape);
  tensor.scale = scale;
  tensor.zero_point = zero_point;
  tensor.lo = lo;
  tensor.hi = hi;
  return tensor;
}

OperatorSpec simple(const char* name, OperatorKind kind, std::vector<std::int32_t> inputs,
                    std::int32_t output, std::vector<std::int32_t> axes = {}) {
  OperatorSpec op;
  op.name = name;
  op.kind = kind;
  op.inputs = std::move(inputs);
  op.outputs = {output};
  op.axes = std::move(axes);
  return op;
}

LinearSpec linear(WeightFormat format, std::int32_t rows, std::int32_t row_elements, std::int32_t largest) {
  LinearSpec spec;
  spec.weights.format = format;
  spec.weights.rows = rows;
  spec.weights.row_elements = row_elements;
  for (std::int32_t i = 0; i < rows * row_elements; ++i) {
    spec.weights.integers.push_back(static_cast<std::int16_t>((i * 7 + i / 5) % (2 * largest + 1) - largest));
  }
  spec.weights.scales.assign(static_cast<std::size_t>(rows), 0.02f);
  for (std::int32_t row = 0; row < rows; ++row) spec.bias.push_back(10 * row - 15);
  spec.multiplier.assign(static_cast<std::size_t>(rows), 0.01f);
  return spec;
}

void clamp_output(LinearSpec* spec, std::int8_t lo, std::int8_t hi) {
  spec->lo = {lo};
  spec->hi = {hi};
}

SoftmaxSpec softmax(float input_scale) {
  SoftmaxSpec spec;
  for (int i = 0; i < 256; ++i) {
    spec.table.push_back(static_cast<std::uint32_t>(std::lround(std::exp(-input_scale * i) * (1 << 20))));
  }
  spec.numerator = 1 << 24;  // output scale 1/256
  return spec;
}

PoolSpec window(std::int32_t size, std::int32_t stride) {
  PoolSpec spec;
  spec.kernel_h = spec.kernel_w = size;
  spec.stride_h = spec.stride_w = stride;
  return spec;
}

}  // namespace

ModelSpec conv_model() {
  ModelSpec spec;
  spec.producer = "bulwark tests";
  spec.tensors = {float_tensor("x", {1, 1, 4, 4}),
                  s8_tensor("x_q", {1, 1, 4, 4}, 1.0f / 255, -128),
                  s8_tensor("x_nhwc", {1, 4, 4, 1}, 1.0f / 255, -128),
                  s8_tensor("c", {1, 4, 4, 3}, 0.05f, 0, 0, 100),
                  s8_tensor("flat", {1, 48}, 0.05f, 0, 0, 100),
                  float_tensor("logits", {1, 4})};
  spec.operators = {
      simple("quantize_x", OperatorKind::quantize, {0}, 1), simple("to_nhwc", OperatorKind::reshape, {1}, 2),
      simple("conv1", OperatorKind::conv_2d, {2}, 3), simple("flatten", OperatorKind::reshape, {3}, 4),
      simple("fc", OperatorKind::fully_connected, {4}, 5)};
  LinearSpec conv = linear(WeightFormat::s8, 3, 9, 90);
  conv.kernel_h = conv.kernel_w = 3;
  conv.pad_top = conv.pad_left = conv.pad_bottom = conv.pad_right = 1;
  clamp_output(&conv, 0, 100);
  spec.operators[2].linear = conv;
  spec.operators[4].linear = linear(WeightFormat::s4, 4, 48, 7);
  spec.inputs = {0};
  spec.outputs = {5};
  spec.robustness = {{2, 21.5f, 4.25f, 3}, {4, 8.5f, -1, -1}};
  spec.recipe = "written by hand";
  spec.metadata = {{"source", "conv_model"}};
  return spec;
}

ModelSpec every_operator_model() {
  ModelSpec spec;
  spec.producer = "bulwark tests";
  spec.tensors = {float_tensor("x", {1, 2, 6, 6}),
                  s8_tensor("x_q", {1, 2, 6, 6}, 0.01f, -128),
                  s8_tensor("x_nhwc", {1, 6, 6, 2}, 0.01f, -128),
                  s8_tensor("padded", {1, 8, 8, 2}, 0.01f, -128),
                  s8_tensor("c", {1, 6, 6, 4}, 0.05f, 0),
                  s8_tensor("m", {1, 3, 3, 4}, 0.05f, 0),
                  s8_tensor("clipped", {1, 3, 3, 4}, 0.05f, 0, 0, 60),
                  s8_tensor("r", {1, 3, 3, 4}, 0.1f, -10, -128, 127),
                  s8_tensor("s", {1, 3, 3, 4}, 0.1f, -10, -128, 127),
                  s8_tensor("cat", {1, 3, 3, 8}, 0.1f, -10, -128, 127),
                  s8_tensor("mean", {1, 1, 1, 8}, 0.1f, -10, -128, 127),
                  s8_tensor("flat", {1, 8}, 0.1f, -10, -128, 127),
                  s8_tensor("scores", {1, 5}, 0.05f, 0),
                  s8_tensor("p", {1, 5}, 1.0f / 256, -128),
                  float_tensor("y", {1, 5})};
  spec.operators = {simple("quantize_x", OperatorKind::quantize, {0}, 1),
                    simple("to_nhwc", OperatorKind::transpose, {1}, 2, {0, 2, 3, 1}),
                    simple("pad", OperatorKind::pad, {2}, 3, {0, 1, 1, 0, 0, 1, 1, 0}),
                    simple("conv", OperatorKind::conv_2d, {3}, 4),
                    simple("maximum", OperatorKind::max_pool_2d, {4}, 5),
                    simple("clip", OperatorKind::clip, {5}, 6),
                    simple("requantize", OperatorKind::requantize, {6}, 7),
                    simple("sum", OperatorKind::add, {5, 7}, 8),
                    simple("concat", OperatorKind::concat, {8, 7}, 9, {3}),
                    simple("average", OperatorKind::average_pool_2d, {9}, 10),
                    simple("flatten", OperatorKind::reshape, {10}, 11),
                    simple("fc", OperatorKind::fully_connected, {11}, 12),
                    simple("softmax", OperatorKind::softmax, {12}, 13),
                    simple("dequantize", OperatorKind::dequantize, {13}, 14)};
  LinearSpec conv = linear(WeightFormat::s2, 4, 18, 1);
  conv.kernel_h = conv.kernel_w = 3;
  clamp_output(&conv, -128, 127);
  spec.operators[3].linear = conv;
  spec.operators[4].pool = window(2, 2);
  spec.operators[6].multiplier = 0.5f;
  spec.operators[7].add = AddSpec{1 << 14, 1 << 15, 10 << 15, 1.0f / (1 << 15)};
  spec.operators[9].pool = window(3, 1);
  LinearSpec fc = linear(WeightFormat::ternary, 5, 8, 1);
  clamp_output(&fc, -128, 127);
  spec.operators[11].linear = fc;
  spec.operators[12].softmax = softmax(0.05f);
  spec.inputs = {0};
  spec.outputs = {14};
  return spec;
}

ModelSpec float_model() {
  ModelSpec spec;
  spec.producer = "bulwark tests";
  spec.tensors = {float_tensor("x", {1, 4, 4, 1}), float_tensor("c", {1, 4, 4, 2}),
                  s8_tensor("y", {1, 4, 4, 2}, 0.1f, 0)};
  spec.operators = {simple("conv1", OperatorKind::conv_2d, {0}, 1),
                    simple("quantize", OperatorKind::quantize, {1}, 2)};
  LinearSpec conv;
  conv.kernel_h = conv.kernel_w = 3;
  conv.pad_top = conv.pad_left = conv.pad_bottom = conv.pad_right = 1;
  conv.weights.format = WeightFormat::f32;
  conv.weights.rows = 2;
  conv.weights.row_elements = 9;
  for (int i = 0; i < 18; ++i) conv.weights.floats.push_back(0.1f * static_cast<float>(i - 9));
  conv.float_bias = {0.5f, -0.5f};
  spec.operators[0].linear = conv;
  spec.operators[0].float_lo = 0;
  spec.inputs = {0};
  spec.outputs = {2};
  return spec;
}

}  // namespace bulwark::test
