// SPDX-License-Identifier: Apache-2.0
// The small networks of model_builder.h.
#include "tests/schema/model_builder.h"

namespace bulwark::test {

using fb::OperatorKind;
using fb::WeightFormat;

namespace {

fb::PoolOptionsT& give_pool(fb::OperatorT& op, std::int32_t kernel, std::int32_t stride) {
  op.pool = std::make_unique<fb::PoolOptionsT>();
  set_window(*op.pool, kernel, stride, 0);
  return *op.pool;
}

void add_trunk(ModelBuilder& b) {
  const std::int32_t x = b.f32({1, 2, 6, 6});
  const std::int32_t q = b.s8({1, 2, 6, 6}, 0.01f, -10);
  const std::int32_t nhwc = b.s8({1, 6, 6, 2}, 0.01f, -10);
  const std::int32_t padded = b.s8({1, 8, 8, 2}, 0.01f, -10);
  const std::int32_t c = b.s8({1, 6, 6, 4}, 0.05f, 0, 0, 100);
  const std::int32_t d = b.s8({1, 6, 6, 4}, 0.05f, 0);
  b.inputs({x});
  b.op(OperatorKind::quantize, {x}, q);
  b.op(OperatorKind::transpose, {q}, nhwc).axes = {0, 2, 3, 1};
  b.op(OperatorKind::pad, {nhwc}, padded).axes = {0, 1, 1, 0, 0, 1, 1, 0};
  fb::OperatorT& conv = b.op(OperatorKind::conv_2d, {padded}, c);
  give_linear(conv, WeightFormat::s4, 4, 18);
  conv.linear->kernel_h = conv.linear->kernel_w = 3;
  conv.linear->requantization->fraction_bits = 6;
  conv.linear->requantization->lo = {0};
  conv.linear->requantization->hi = {100, 90, 80, 70};
  fb::OperatorT& depthwise = b.op(OperatorKind::conv_2d, {c}, d);
  give_linear(depthwise, WeightFormat::s2, 4, 9);
  depthwise.linear->kernel_h = depthwise.linear->kernel_w = 3;
  depthwise.linear->pad_top = depthwise.linear->pad_left = 1;
  depthwise.linear->pad_bottom = depthwise.linear->pad_right = 1;
  depthwise.linear->groups = 4;
}

void add_branches(ModelBuilder& b, std::int32_t d) {
  const std::int32_t m = b.s8({1, 3, 3, 4}, 0.05f, 0);
  const std::int32_t a = b.s8({1, 3, 3, 4}, 0.1f, -10);
  const std::int32_t r = b.s8({1, 3, 3, 4}, 0.1f, -10);
  const std::int32_t s = b.s8({1, 3, 3, 4}, 0.1f, -10);
  const std::int32_t cat = b.s8({1, 3, 3, 8}, 0.1f, -10);
  give_pool(b.op(OperatorKind::max_pool_2d, {d}, m), 2, 2);
  give_pool(b.op(OperatorKind::average_pool_2d, {d}, a), 2, 2).multiplier = 0.5f;
  b.op(OperatorKind::requantize, {m}, r).multiplier = 0.5f;
  fb::OperatorT& sum = b.op(OperatorKind::add, {m, a}, s);
  sum.add = std::make_unique<fb::AddOptionsT>();
  sum.add->multiplier_a = 1 << 14;
  sum.add->multiplier_b = 1 << 15;
  sum.add->bias = 10 << 15;
  sum.add->multiplier = 1.0f / (1 << 15);
  b.op(OperatorKind::concat, {s, r}, cat).axes = {3};
}

void add_head(ModelBuilder& b, std::int32_t cat) {
  const std::int32_t clipped = b.s8({1, 3, 3, 8}, 0.1f, -10, -10, 60);
  const std::int32_t flat = b.s8({1, 72}, 0.1f, -10, -10, 60);
  const std::int32_t scores = b.s8({1, 5}, 0.05f, 0);
  const std::int32_t p = b.s8({1, 5}, 1.0f / 256, -128);
  const std::int32_t y = b.f32({1, 5});
  b.op(OperatorKind::clip, {cat}, clipped);
  b.op(OperatorKind::reshape, {clipped}, flat);
  give_linear(b.op(OperatorKind::fully_connected, {flat}, scores), WeightFormat::ternary, 5, 72);
  fb::OperatorT& softmax = b.op(OperatorKind::softmax, {scores}, p);
  softmax.softmax = std::make_unique<fb::SoftmaxOptionsT>();
  for (int i = 0; i < 256; ++i) softmax.softmax->table.push_back((1u << 20) >> (i / 8));
  softmax.softmax->numerator = 1u << 24;
  b.op(OperatorKind::dequantize, {p}, y);
  b.outputs({y, scores});
}

}  // namespace

ModelBuilder integer_network() {
  ModelBuilder b;
  add_trunk(b);
  add_branches(b, 5);
  add_head(b, 10);
  return b;
}

ModelBuilder float_network() {
  ModelBuilder b;
  const std::int32_t x = b.f32({1, 6, 6, 2}), c = b.f32({1, 6, 6, 3}), m = b.f32({1, 3, 3, 3});
  const std::int32_t a = b.f32({1, 3, 3, 3}), s = b.f32({1, 3, 3, 3}), k = b.f32({1, 3, 3, 3});
  const std::int32_t flat = b.f32({1, 27}), f = b.f32({1, 4}), y = b.f32({1, 4});
  b.inputs({x});
  fb::OperatorT& conv = b.op(OperatorKind::conv_2d, {x}, c);
  give_float_linear(conv, 3, 18);
  conv.linear->kernel_h = conv.linear->kernel_w = 3;
  conv.linear->pad_top = conv.linear->pad_left = conv.linear->pad_bottom = conv.linear->pad_right = 1;
  conv.float_lo = 0;
  give_pool(b.op(OperatorKind::max_pool_2d, {c}, m), 2, 2);
  give_pool(b.op(OperatorKind::average_pool_2d, {c}, a), 2, 2);
  b.op(OperatorKind::add, {m, a}, s);
  fb::OperatorT& clip = b.op(OperatorKind::clip, {s}, k);
  clip.float_lo = -1, clip.float_hi = 6;
  b.op(OperatorKind::reshape, {k}, flat);
  give_float_linear(b.op(OperatorKind::fully_connected, {flat}, f), 4, 27);
  b.op(OperatorKind::softmax, {f}, y);
  b.outputs({y});
  return b;
}

namespace {

void add_extras(fb::ModelT& model) {
  model.golden = std::make_unique<fb::GoldenT>();
  model.golden->inputs.push_back(std::make_unique<fb::GoldenTensorT>());
  model.golden->inputs[0]->data.assign(75, 130);
  model.golden->outputs.push_back(std::make_unique<fb::GoldenTensorT>());
  model.golden->outputs[0]->data.assign(3, 128);
  model.robustness = std::make_unique<fb::RobustnessT>();
  model.robustness->recipe = "none";
  model.robustness->clip_eps = 8;
  for (const std::int32_t layer : {1, 4}) {
    model.robustness->layers.push_back(std::make_unique<fb::LayerRobustnessT>());
    model.robustness->layers.back()->operator_index = layer;
    model.robustness->layers.back()->linf_norm = 21.5f;
  }
  model.metadata.push_back(std::make_unique<fb::KeyValueT>());
  model.metadata[0]->key = "source";
  model.metadata[0]->value = "legacy";
}

}  // namespace

ModelBuilder legacy_network() {
  ModelBuilder b;
  const std::int32_t x = b.u8({1, 5, 5, 3}, 0.02f, 120), q = b.s8({1, 5, 5, 3}, 0.02f, -8);
  const std::int32_t c = b.s8({1, 3, 3, 4}, 0.05f, 3), k = b.s8({1, 3, 3, 4}, 0.05f, 3);
  const std::int32_t s = b.s8({1, 3, 3, 4}, 0.1f, 0), flat = b.s8({1, 36}, 0.1f, 0);
  const std::int32_t f = b.s8({1, 6}, 0.1f, 0), g = b.s8({1, 3}, 0.1f, 0), y = b.u8({1, 3}, 0.1f, 128);
  b.inputs({x});
  b.outputs({y});
  for (std::uint8_t i = 0; i < 36; ++i) b.tensor(k).constant.push_back(static_cast<std::uint8_t>(7 * i));
  b.op(OperatorKind::requantize, {x}, q);
  fb::OperatorT& conv = b.op(OperatorKind::conv_2d, {q}, c);
  give_linear(conv, WeightFormat::s9, 4, 27);
  conv.linear->kernel_h = conv.linear->kernel_w = 3;
  conv.linear->stride_h = conv.linear->stride_w = 2;
  conv.linear->pad_top = conv.linear->pad_left = conv.linear->pad_bottom = conv.linear->pad_right = 1;
  fb::OperatorT& sum = b.op(OperatorKind::add, {c, k}, s);
  sum.add = std::make_unique<fb::AddOptionsT>();
  sum.add->multiplier_a = sum.add->multiplier_b = 1 << 14;
  sum.add->bias = -6 * (1 << 14);
  sum.add->multiplier = 1.0f / (1 << 15);
  b.op(OperatorKind::reshape, {s}, flat);
  give_linear(b.op(OperatorKind::fully_connected, {flat}, f), WeightFormat::s3, 6, 36);
  give_linear(b.op(OperatorKind::fully_connected, {f}, g), WeightFormat::s8, 3, 6);
  b.op(OperatorKind::requantize, {g}, y);
  add_extras(b.model);
  return b;
}

namespace {

/// A convolution of tensor 0, [1, 3, 3, 4], whose output is one of the model's.
void add_padded_conv(ModelBuilder& b, WeightFormat format, std::int32_t kernel, std::int32_t stride,
                     std::int32_t dilation, std::int32_t pad, std::int32_t groups) {
  const std::int32_t size = (3 + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
  const std::int32_t y = b.s8({1, size, size, 4});
  b.model.outputs.push_back(y);
  fb::OperatorT& op = b.op(OperatorKind::conv_2d, {0}, y);
  give_linear(op, format, 4, kernel * kernel * 4 / groups);
  fb::LinearOptionsT& o = *op.linear;
  o.kernel_h = o.kernel_w = kernel;
  o.stride_h = o.stride_w = stride;
  o.dilation_h = o.dilation_w = dilation;
  o.pad_top = o.pad_left = o.pad_bottom = o.pad_right = pad;
  o.groups = groups;
}

}  // namespace

ModelBuilder padding_network() {
  ModelBuilder b;
  b.inputs({b.s8({1, 3, 3, 4}, 0.05f, -7)});
  add_padded_conv(b, WeightFormat::s8, 1, 1, 1, 2, 1);
  add_padded_conv(b, WeightFormat::s4, 2, 2, 2, 4, 1);
  add_padded_conv(b, WeightFormat::s2, 3, 1, 1, 5, 1);
  add_padded_conv(b, WeightFormat::s8, 2, 3, 3, 4, 2);
  add_padded_conv(b, WeightFormat::s8, 3, 1, 1, 4, 4);
  add_padded_conv(b, WeightFormat::s4, 3, 2, 1, 5, 4);
  add_padded_conv(b, WeightFormat::s8, 5, 1, 1, 6, 4);
  add_padded_conv(b, WeightFormat::s4, 3, 1, 3, 4, 4);
  return b;
}

}  // namespace bulwark::test
