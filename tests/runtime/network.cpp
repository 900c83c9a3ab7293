// SPDX-License-Identifier: Apache-2.0
#include "tests/runtime/network.h"

#include <algorithm>
#include <cmath>

#include "kernels/common/weights.h"

namespace bulwark::test {
namespace {

std::int32_t window_output(std::int32_t in, std::int32_t pad, std::int32_t dilation, std::int32_t kernel,
                           std::int32_t stride) {
  return (in + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
}

std::vector<std::int32_t> repeated_shape(std::vector<std::int32_t> a, const std::vector<std::int32_t>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = std::max(a[i], b[i]);
  return a;
}

std::vector<std::uint32_t> softmax_table(float scale) {
  std::vector<std::uint32_t> table(256);
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i] =
        static_cast<std::uint32_t>(std::lround(std::ldexp(std::exp(-static_cast<double>(i) * scale), 20)));
  }
  return table;
}

}  // namespace

std::int32_t Network::integer(std::int32_t lo, std::int32_t hi) {
  const auto span = static_cast<std::uint32_t>(hi - lo) + 1;
  return lo + static_cast<std::int32_t>(random_() % span);
}

float Network::real(float lo, float hi) {
  return lo + (hi - lo) * static_cast<float>(random_() % 65536) / 65536.0f;
}

converter::write::TensorSpec& Network::tensor(std::int32_t index) {
  return spec_.tensors[static_cast<std::size_t>(index)];
}

const std::vector<std::int32_t>& Network::shape(std::int32_t index) const {
  return spec_.tensors[static_cast<std::size_t>(index)].shape;
}

std::int32_t Network::add_tensor(ElementType type, std::vector<std::int32_t> shape) {
  converter::write::TensorSpec made;
  made.name = std::string(1, 't').append(std::to_string(spec_.tensors.size()));
  made.type = type;
  made.shape = std::move(shape);
  if (type != ElementType::f32) {
    const bool is_unsigned = type == ElementType::u8;
    made.scale = real(0.02f, 0.06f);
    made.lo = is_unsigned ? 0 : -128;
    made.hi = is_unsigned ? 255 : 127;
    made.zero_point = integer(-10, 10) + (is_unsigned ? 128 : 0);
  }
  spec_.tensors.push_back(std::move(made));
  return static_cast<std::int32_t>(spec_.tensors.size()) - 1;
}

std::int32_t Network::add_tensor_like(std::int32_t like, std::vector<std::int32_t> shape) {
  const std::int32_t index = add_tensor(tensor(like).type, std::move(shape));
  const converter::write::TensorSpec& source = tensor(like);
  tensor(index).scale = source.scale;
  tensor(index).zero_point = source.zero_point;
  tensor(index).lo = source.lo;
  tensor(index).hi = source.hi;
  return index;
}

std::int32_t Network::finish(OperatorSpec op, std::vector<std::int32_t> inputs, std::int32_t output) {
  op.name = std::string(schema::name(op.kind)).append("_").append(std::to_string(spec_.operators.size()));
  op.inputs = std::move(inputs);
  op.outputs = {output};
  spec_.operators.push_back(std::move(op));
  return output;
}

std::int32_t Network::input_f32(std::vector<std::int32_t> shape) {
  spec_.inputs.push_back(add_tensor(ElementType::f32, std::move(shape)));
  return spec_.inputs.back();
}

std::int32_t Network::input_integer(std::vector<std::int32_t> shape, ElementType type) {
  spec_.inputs.push_back(add_tensor(type, std::move(shape)));
  return spec_.inputs.back();
}

std::int32_t Network::constant(std::vector<std::int32_t> shape) {
  std::size_t count = 1;
  for (const std::int32_t d : shape) count *= static_cast<std::size_t>(d);
  const std::int32_t index = add_tensor(ElementType::s8, std::move(shape));
  tensor(index).constant.resize(count);
  for (std::uint8_t& value : tensor(index).constant) value = static_cast<std::uint8_t>(integer(-128, 127));
  return index;
}

std::int32_t Network::quantize(std::int32_t input, std::int32_t lo, std::int32_t hi) {
  const std::int32_t output = add_tensor(ElementType::s8, shape(input));
  tensor(output).lo = lo;
  tensor(output).hi = hi;
  OperatorSpec op;
  op.kind = OperatorKind::quantize;
  return finish(std::move(op), {input}, output);
}

std::int32_t Network::requantize(std::int32_t input) {
  const std::int32_t output = add_tensor(ElementType::s8, shape(input));
  OperatorSpec op;
  op.kind = OperatorKind::requantize;
  op.multiplier = tensor(input).scale / tensor(output).scale;
  return finish(std::move(op), {input}, output);
}

std::int32_t Network::dequantize(std::int32_t input) {
  OperatorSpec op;
  op.kind = OperatorKind::dequantize;
  return finish(std::move(op), {input}, add_tensor(ElementType::f32, shape(input)));
}

converter::write::LinearSpec Network::linear(std::int32_t input, std::int32_t rows, std::int32_t depth,
                                             WeightFormat format, bool float_output) {
  converter::write::LinearSpec made;
  made.weights.format = format;
  made.weights.rows = rows;
  made.weights.row_elements = depth;
  const std::size_t count = static_cast<std::size_t>(rows) * static_cast<std::size_t>(depth);
  if (format == WeightFormat::f32) {
    for (std::size_t i = 0; i < count; ++i) made.weights.floats.push_back(real(-0.3f, 0.3f));
    for (std::int32_t i = 0; i < rows; ++i) made.float_bias.push_back(real(-1, 1));
    return made;
  }
  const auto range = kernels::weight_range(static_cast<kernels::WeightFormat>(format));
  for (std::size_t i = 0; i < count; ++i) {
    made.weights.integers.push_back(static_cast<std::int16_t>(integer(range.lo, range.hi)));
  }
  // Standard deviations of uniform weights and of inputs; 50 steps for the output.
  const float weight = static_cast<float>(range.hi - range.lo + 1) / 3.46f;
  const float data = static_cast<float>(tensor(input).hi - tensor(input).lo + 1) / 3.46f;
  const float accumulator = std::sqrt(static_cast<float>(depth)) * weight * data;
  for (std::int32_t i = 0; i < rows; ++i) {
    made.weights.scales.push_back(real(0.001f, 0.01f));
    made.bias.push_back(integer(-100, 100));
    made.multiplier.push_back(real(30, 60) / accumulator);
    if (float_output) continue;
    made.lo.push_back(static_cast<std::int8_t>(integer(-128, -100)));
    made.hi.push_back(static_cast<std::int8_t>(integer(100, 127)));
  }
  return made;
}

std::int32_t Network::conv(std::int32_t input, const ConvShape& conv_shape, WeightFormat format) {
  const std::vector<std::int32_t> in = shape(input);
  OperatorSpec op;
  op.kind = OperatorKind::conv_2d;
  op.linear = linear(input, conv_shape.out_c,
                     conv_shape.kernel * conv_shape.kernel * (in[3] / conv_shape.groups), format, false);
  op.linear->kernel_h = op.linear->kernel_w = conv_shape.kernel;
  op.linear->stride_h = op.linear->stride_w = conv_shape.stride;
  op.linear->dilation_h = op.linear->dilation_w = conv_shape.dilation;
  op.linear->pad_top = op.linear->pad_left = op.linear->pad_bottom = op.linear->pad_right = conv_shape.pad;
  op.linear->groups = conv_shape.groups;
  const auto side = [&](std::int32_t length) {
    return window_output(length, conv_shape.pad, conv_shape.dilation, conv_shape.kernel, conv_shape.stride);
  };
  return finish(std::move(op), {input},
                add_tensor(tensor(input).type, {in[0], side(in[1]), side(in[2]), conv_shape.out_c}));
}

std::int32_t Network::fully_connected(std::int32_t input, std::int32_t out_c, WeightFormat format,
                                      bool float_output) {
  OperatorSpec op;
  op.kind = OperatorKind::fully_connected;
  op.linear = linear(input, out_c, shape(input)[1], format, float_output);
  const ElementType type = float_output ? ElementType::f32 : tensor(input).type;
  return finish(std::move(op), {input}, add_tensor(type, {shape(input)[0], out_c}));
}

std::int32_t Network::pool(std::int32_t input, OperatorKind kind, std::int32_t kernel, std::int32_t stride,
                           std::int32_t pad_all) {
  const std::vector<std::int32_t> in = shape(input);
  OperatorSpec op;
  op.kind = kind;
  op.pool.emplace();
  op.pool->kernel_h = op.pool->kernel_w = kernel;
  op.pool->stride_h = op.pool->stride_w = stride;
  op.pool->pad_top = op.pool->pad_left = op.pool->pad_bottom = op.pool->pad_right = pad_all;
  const bool average = kind == OperatorKind::average_pool_2d;
  op.pool->count_include_pad = average && integer(0, 1) == 1;
  const std::vector<std::int32_t> out = {in[0], window_output(in[1], pad_all, 1, kernel, stride),
                                         window_output(in[2], pad_all, 1, kernel, stride), in[3]};
  if (average && tensor(input).type != ElementType::f32) {
    op.pool->multiplier = real(0.8f, 2.0f);
    if (!op.pool->count_include_pad) op.pool->origin_shift = integer(-60, 60);
  }
  return finish(std::move(op), {input},
                average ? add_tensor(tensor(input).type, out) : add_tensor_like(input, out));
}

std::int32_t Network::add(std::int32_t a, std::int32_t b) {
  const std::int32_t output = add_tensor(tensor(a).type, repeated_shape(shape(a), shape(b)));
  OperatorSpec op;
  op.kind = OperatorKind::add;
  if (tensor(a).type == ElementType::f32) return finish(std::move(op), {a, b}, output);
  op.add.emplace();
  op.add->multiplier_a = integer(1 << 16, 1 << 18);
  op.add->multiplier_b = integer(1 << 16, 1 << 18);
  op.add->bias = integer(-1000000, 1000000);
  op.add->multiplier = 1.0f / static_cast<float>(1 << 18);
  return finish(std::move(op), {a, b}, output);
}

std::int32_t Network::clip(std::int32_t input, std::int32_t lo, std::int32_t hi) {
  const std::int32_t output = add_tensor_like(input, shape(input));
  OperatorSpec op;
  op.kind = OperatorKind::clip;
  if (tensor(input).type == ElementType::f32) {
    op.float_lo = static_cast<float>(lo);
    op.float_hi = static_cast<float>(hi);
  } else {
    tensor(output).lo = lo;
    tensor(output).hi = hi;
  }
  return finish(std::move(op), {input}, output);
}

std::int32_t Network::softmax(std::int32_t input) {
  const bool is_float = tensor(input).type == ElementType::f32;
  const std::int32_t output = add_tensor(tensor(input).type, shape(input));
  OperatorSpec op;
  op.kind = OperatorKind::softmax;
  if (is_float) return finish(std::move(op), {input}, output);
  tensor(output).scale = 1.0f / 256;
  tensor(output).zero_point = -128;
  op.softmax.emplace();
  op.softmax->table = softmax_table(tensor(input).scale);
  op.softmax->numerator = 256u << 16;
  return finish(std::move(op), {input}, output);
}

std::int32_t Network::reshape(std::int32_t input, std::vector<std::int32_t> to) {
  OperatorSpec op;
  op.kind = OperatorKind::reshape;
  return finish(std::move(op), {input}, add_tensor_like(input, std::move(to)));
}

std::int32_t Network::transpose(std::int32_t input, std::vector<std::int32_t> perm) {
  std::vector<std::int32_t> to;
  for (const std::int32_t axis : perm) to.push_back(shape(input)[static_cast<std::size_t>(axis)]);
  OperatorSpec op;
  op.kind = OperatorKind::transpose;
  op.axes = std::move(perm);
  return finish(std::move(op), {input}, add_tensor_like(input, std::move(to)));
}

std::int32_t Network::concat(std::vector<std::int32_t> inputs, std::int32_t axis) {
  std::vector<std::int32_t> to = shape(inputs[0]);
  const auto a = static_cast<std::size_t>(axis);
  to[a] = 0;
  for (const std::int32_t input : inputs) to[a] += shape(input)[a];
  OperatorSpec op;
  op.kind = OperatorKind::concat;
  op.axes = {axis};
  const std::int32_t output = add_tensor_like(inputs[0], std::move(to));
  return finish(std::move(op), std::move(inputs), output);
}

std::int32_t Network::pad(std::int32_t input, std::vector<std::int32_t> before,
                          std::vector<std::int32_t> after) {
  std::vector<std::int32_t> to = shape(input);
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += before[i] + after[i];
  OperatorSpec op;
  op.kind = OperatorKind::pad;
  op.axes = std::move(before);
  op.axes.insert(op.axes.end(), after.begin(), after.end());
  return finish(std::move(op), {input}, add_tensor_like(input, std::move(to)));
}

ModelSpec every_operator_network(std::uint32_t seed) {
  Network n(seed);
  const std::int32_t x = n.input_f32({1, 12, 12, 3});
  const std::int32_t q = n.quantize(x, -128, 127);
  const std::int32_t stem = n.conv(q, {16, 3, 2, 1, 1, 1});
  const std::int32_t depthwise = n.conv(stem, {16, 3, 1, 1, 1, 16});
  const std::int32_t pointwise = n.conv(depthwise, {16, 1, 1, 0, 1, 1}, WeightFormat::s4);
  const std::int32_t sum = n.add(stem, pointwise);
  const std::int32_t dilated = n.conv(sum, {12, 3, 1, 2, 2, 2}, WeightFormat::s2);
  const std::int32_t grouped = n.conv(sum, {12, 3, 1, 1, 1, 4}, WeightFormat::s3);
  const std::int32_t maximum = n.pool(dilated, OperatorKind::max_pool_2d, 3, 1, 1);
  const std::int32_t average = n.pool(grouped, OperatorKind::average_pool_2d, 2, 2, 0);
  const std::int32_t constant = n.constant({1, 6, 6, 12});
  const std::int32_t shifted = n.add(maximum, constant);
  const std::int32_t padded = n.pad(shifted, {0, 1, 0, 2}, {0, 0, 1, 0});
  const std::int32_t clipped = n.clip(padded, -90, 100);
  const std::int32_t moved = n.transpose(clipped, {0, 3, 1, 2});
  const std::int32_t flat = n.reshape(moved, {1, 14 * 7 * 7});
  const std::int32_t wide = n.fully_connected(flat, 24, WeightFormat::ternary);
  const std::int32_t narrow = n.requantize(n.reshape(average, {1, 3 * 3 * 12}));
  const std::int32_t head = n.fully_connected(narrow, 24, WeightFormat::s4);
  const std::int32_t joined = n.concat({n.clip(wide, -128, 127), n.clip(wide, -128, 127)}, 1);
  const std::int32_t probabilities = n.softmax(n.fully_connected(joined, 10));
  n.output(probabilities);
  n.output(n.dequantize(head));
  n.output(n.fully_connected(joined, 7, WeightFormat::s8, true));
  return n.spec();
}

ModelSpec wide_network(std::uint32_t seed) {
  Network n(seed);
  const std::int32_t x = n.input_integer({1, 32, 32, 32});
  const std::int32_t a = n.conv(x, {40, 3, 1, 1, 1, 1});
  const std::int32_t b = n.conv(a, {40, 3, 1, 1, 1, 40});
  const std::int32_t c = n.conv(b, {64, 1, 1, 0, 1, 1}, WeightFormat::s4);
  const std::int32_t d = n.pool(c, OperatorKind::max_pool_2d, 3, 1, 1);
  const std::int32_t e = n.pool(d, OperatorKind::average_pool_2d, 5, 1, 2);
  n.output(n.add(c, e));
  n.output(n.fully_connected(n.reshape(n.conv(e, {4, 1, 2, 0, 1, 1}, WeightFormat::s2), {1, 1024}), 513));
  return n.spec();
}

ModelSpec float_network(std::uint32_t seed) {
  Network n(seed);
  const std::int32_t x = n.input_f32({2, 8, 8, 4});
  const std::int32_t a = n.conv(x, {8, 3, 1, 1, 1, 1}, WeightFormat::f32);
  const std::int32_t b = n.conv(a, {8, 3, 1, 1, 1, 8}, WeightFormat::f32);
  const std::int32_t c = n.clip(n.add(a, b), -1, 6);
  const std::int32_t d = n.pool(c, OperatorKind::max_pool_2d, 2, 2, 0);
  const std::int32_t e = n.pool(d, OperatorKind::average_pool_2d, 3, 1, 1);
  n.output(n.softmax(n.fully_connected(n.reshape(e, {2, 128}), 5, WeightFormat::f32)));
  return n.spec();
}

}  // namespace bulwark::test
