// SPDX-License-Identifier: Apache-2.0
// The operators that work element by element or along axes, alone and together.
#include "tests/schema/model_builder.h"

namespace bulwark::test {

using fb::OperatorKind;

namespace {

void give_entries(fb::OperatorT& op) {
  op.lookup = std::make_unique<fb::LookupOptionsT>();
  for (int i = 0; i < 256; ++i) op.lookup->entries.push_back(static_cast<std::int8_t>((i * 37) % 200 - 100));
}

void give_prelu(fb::OperatorT& op) {
  op.prelu = std::make_unique<fb::PreluOptionsT>();
  op.prelu->multiplier = 0.75f;
  op.prelu->slope_multiplier = 0.01f;
}

void give_log_softmax(fb::OperatorT& op) {
  op.log_softmax = std::make_unique<fb::LogSoftmaxOptionsT>();
  for (int i = 0; i < 256; ++i) op.log_softmax->table.push_back((1u << 20) >> (i / 8));
  op.log_softmax->multiplier_x = 1u << 24;
  op.log_softmax->multiplier_log = 2800;
  op.log_softmax->shift = 24;
}

ModelBuilder pair_model(float scale, std::int32_t zero_point) {
  ModelBuilder b;
  const std::int32_t x = b.s8({1, 2, 2, 3}), y = b.s8({1, 1, 1, 3});
  b.inputs({x, y});
  b.outputs({b.s8({1, 2, 2, 3}, scale, zero_point)});
  return b;
}

}  // namespace

ModelBuilder lookup_model() {
  ModelBuilder b;
  b.inputs({b.s8({2, 6})});
  b.outputs({b.s8({2, 6}, 0.1f, 3, -100, 100)});
  give_entries(b.op(OperatorKind::lookup, {0}, 1));
  return b;
}

ModelBuilder mul_model() {
  ModelBuilder b = pair_model(0.1f, -3);
  b.op(OperatorKind::mul, {0, 1}, 2).multiplier = 0.025f;
  return b;
}

ModelBuilder prelu_model() {
  ModelBuilder b = pair_model(0.1f, -3);
  give_prelu(b.op(OperatorKind::prelu, {0, 1}, 2));
  return b;
}

ModelBuilder extreme_model(OperatorKind kind) {
  ModelBuilder b = pair_model(0.05f, 0);
  b.op(kind, {0, 1}, 2);
  return b;
}

ModelBuilder float_binary_model(OperatorKind kind) {
  ModelBuilder b;
  b.inputs({b.f32({1, 2, 2, 3}), b.f32({1, 1, 1, 3})});
  b.outputs({b.f32({1, 2, 2, 3})});
  b.op(kind, {0, 1}, 2);
  return b;
}

ModelBuilder function_model() {
  ModelBuilder b;
  b.inputs({b.f32({2, 6})});
  b.outputs({b.f32({2, 6})});
  b.op(OperatorKind::function, {0}, 1).function = std::make_unique<fb::FunctionOptionsT>();
  return b;
}

ModelBuilder reduce_model(OperatorKind kind) {
  ModelBuilder b;
  b.inputs({b.s8({1, 3, 4, 5}, 0.05f, 5)});
  b.outputs({b.s8({1, 1, 1, 5}, 0.05f, 5)});
  fb::OperatorT& op = b.op(kind, {0}, 1);
  op.axes = {1, 2};
  if (kind == OperatorKind::reduce_sum) op.multiplier = 1.0f / 12;
  return b;
}

ModelBuilder log_softmax_model() {
  ModelBuilder b;
  b.inputs({b.s8({2, 6})});
  b.outputs({b.s8({2, 6}, 0.0625f, 127)});
  give_log_softmax(b.op(OperatorKind::log_softmax, {0}, 1));
  return b;
}

namespace {

/// Integers: gates, slopes, bounds and reductions of x (0) and constants.
std::int32_t add_integers(ModelBuilder& b) {
  const std::int32_t x = b.s8({1, 3, 2, 20}), sum = b.s8({1, 1, 1, 20}),
                     gate = b.s8({1, 1, 1, 20}, 0.01f, -128);
  const std::int32_t gated = b.s8({1, 3, 2, 20}), slope = b.s8({1, 1, 2, 1}),
                     bent = b.s8({1, 3, 2, 20}, 0.1f, 4);
  const std::int32_t bound = b.s8({1, 1, 1, 1}, 0.1f, 4), high = b.s8({1, 3, 2, 20}, 0.1f, 4);
  const std::int32_t low = b.s8({1, 3, 2, 20}, 0.1f, 4), shifted = b.s8({1, 3, 2, 20});
  for (const std::int32_t constant : {slope, bound}) {
    const std::size_t elements = constant == slope ? 2 : 1;
    b.tensor(constant).constant.assign(elements, 20);
  }
  b.inputs({x});
  fb::OperatorT& mean = b.op(OperatorKind::reduce_sum, {x}, sum);
  mean.axes = {1, 2};
  mean.multiplier = 1.0f / 6;
  give_entries(b.op(OperatorKind::lookup, {sum}, gate));
  b.op(OperatorKind::mul, {gate, x}, gated).multiplier = 0.01f;
  give_prelu(b.op(OperatorKind::prelu, {gated, slope}, bent));
  b.op(OperatorKind::maximum, {bent, bound}, high);
  b.op(OperatorKind::minimum, {bound, high}, low);
  fb::OperatorT& add = b.op(OperatorKind::add, {low, gate}, shifted);
  add.add = std::make_unique<fb::AddOptionsT>();
  add.add->multiplier_a = 1 << 16;
  add.add->multiplier_b = -(1 << 15);
  add.add->multiplier = 1.0f / (1 << 16);
  return shifted;
}

}  // namespace

ModelBuilder elementwise_network() {
  ModelBuilder b;
  const std::int32_t x = add_integers(b);
  const std::int32_t largest = b.s8({1, 1, 2, 20}), smallest = b.s8({1, 1, 2, 1}),
                     y = b.s8({1, 1, 2, 20}, 0.0625f, 127);
  const std::int32_t real = b.f32({1, 1, 2, 20}), f = b.f32({1, 1, 2, 20}), g = b.f32({1, 1, 1, 20});
  const std::int32_t h = b.f32({1, 1, 2, 20}), i = b.f32({1, 1, 2, 20}), j = b.f32({1, 1, 2, 20});
  const std::int32_t k = b.f32({1, 1, 2, 20}), l = b.f32({1, 1, 2, 20}), m = b.f32({1, 1, 2, 20});
  b.op(OperatorKind::reduce_max, {x}, largest).axes = {1};
  b.op(OperatorKind::reduce_min, {largest}, smallest).axes = {3};
  give_log_softmax(b.op(OperatorKind::log_softmax, {largest}, y));
  b.op(OperatorKind::dequantize, {largest}, real);
  fb::OperatorT& function = b.op(OperatorKind::function, {real}, f);
  function.function = std::make_unique<fb::FunctionOptionsT>();
  function.function->function = fb::Function::selu;
  fb::OperatorT& mean = b.op(OperatorKind::reduce_sum, {f}, g);
  mean.axes = {0, 2};
  mean.multiplier = 0.5f;
  b.op(OperatorKind::mul, {f, g}, h);
  b.op(OperatorKind::sub, {g, h}, i);
  b.op(OperatorKind::div, {i, f}, j);
  b.op(OperatorKind::prelu, {j, g}, k);
  b.op(OperatorKind::maximum, {k, h}, l);
  b.op(OperatorKind::log_softmax, {l}, m);
  b.outputs({y, smallest, m});
  return b;
}

}  // namespace bulwark::test
