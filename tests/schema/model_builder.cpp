// SPDX-License-Identifier: Apache-2.0
#include "tests/schema/model_builder.h"

#include <cmath>
#include <cstring>

#include "kernels/common/weights.h"
#include "schema/seal.h"

namespace bulwark::test {

using fb::ElementType;
using fb::OperatorKind;
using fb::WeightFormat;

ModelBuilder::ModelBuilder() {
  model.schema_version = schema::kSchemaVersion;
  model.producer = "bulwark tests";
  model.content_sha256.assign(32, 0);
  model.file_bytes = 1;
}

std::int32_t ModelBuilder::add_tensor(ElementType type, const Shape& shape, float scale,
                                      std::int32_t zero_point, std::int32_t lo, std::int32_t hi) {
  auto tensor = std::make_unique<fb::TensorT>();
  tensor->name = "t" + std::to_string(model.tensors.size());
  tensor->type = type;
  tensor->shape = shape;
  tensor->scale = scale;
  tensor->zero_point = zero_point;
  tensor->lo = lo;
  tensor->hi = hi;
  model.tensors.push_back(std::move(tensor));
  return static_cast<std::int32_t>(model.tensors.size()) - 1;
}

std::int32_t ModelBuilder::s8(const Shape& shape, float scale, std::int32_t zero_point, std::int32_t lo,
                              std::int32_t hi) {
  return add_tensor(ElementType::s8, shape, scale, zero_point, lo, hi);
}

std::int32_t ModelBuilder::u8(const Shape& shape, float scale, std::int32_t zero_point, std::int32_t lo,
                              std::int32_t hi) {
  return add_tensor(ElementType::u8, shape, scale, zero_point, lo, hi);
}

std::int32_t ModelBuilder::f32(const Shape& shape) { return add_tensor(ElementType::f32, shape, 0, 0, 0, 0); }

std::int32_t ModelBuilder::s16(const Shape& shape, float scale) {
  return add_tensor(ElementType::s16, shape, scale, 0, INT16_MIN, INT16_MAX);
}

std::int32_t ModelBuilder::indices(const Shape& shape, ElementType type) {
  return add_tensor(type, shape, 0, 0, 0, 0);
}

void ModelBuilder::state(std::int32_t tensor, std::int32_t next, std::vector<std::uint8_t> initial) {
  model.states.push_back(std::make_unique<fb::StateT>());
  model.states.back()->tensor = tensor;
  model.states.back()->next = next;
  model.states.back()->initial = std::move(initial);
}

fb::OperatorT& ModelBuilder::op(OperatorKind kind, const std::vector<std::int32_t>& inputs,
                                std::int32_t output) {
  auto made = std::make_unique<fb::OperatorT>();
  made->name = "op" + std::to_string(model.operators.size());
  made->kind = kind;
  made->inputs = inputs;
  made->outputs = {output};
  model.operators.push_back(std::move(made));
  return *model.operators.back();
}

Bytes ModelBuilder::file() const {
  flatbuffers::FlatBufferBuilder builder;
  builder.ForceDefaults(true);  // every scalar stands in the file, where mutations find it
  fb::FinishModelBuffer(builder, fb::CreateModel(builder, &model));
  // need 4.
  Bytes bytes(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
  schema::VerifyError error;
  schema::seal(bytes, &error);
  return bytes;
}

void pack_row(WeightFormat format, const std::vector<std::int16_t>& row, std::vector<std::uint8_t>& data) {
  const auto kernel_format = static_cast<kernels::WeightFormat>(format);
  const std::size_t start = data.size();
  data.resize(start + static_cast<std::size_t>(kernels::weight_row_bytes(kernel_format, row.size())));
  kernels::pack_weight_row(kernel_format, row.data(), row.size(), data.data() + start);
}

void give_linear(fb::OperatorT& op, WeightFormat format, std::int32_t rows, std::int32_t row_elements) {
  op.linear = std::make_unique<fb::LinearOptionsT>();
  op.linear->weights = std::make_unique<fb::WeightsT>();
  fb::WeightsT& weights = *op.linear->weights;
  weights.format = format;
  weights.rows = rows;
  weights.row_elements = row_elements;
  const kernels::WeightRange range = kernels::weight_range(static_cast<kernels::WeightFormat>(format));
  const std::int32_t width = range.hi - range.lo + 1;
  for (std::int32_t r = 0; r < rows; ++r) {
    std::vector<std::int16_t> row;
    for (std::int32_t i = 0; i < row_elements; ++i) {
      row.push_back(static_cast<std::int16_t>(range.lo + (r * 31 + i * 7) % width));
    }
    pack_row(format, row, weights.data);
  }
  const auto count = static_cast<std::size_t>(rows);
  weights.scales.assign(count, 0.01f);
  op.linear->requantization = std::make_unique<fb::RequantizationT>();
  fb::RequantizationT& requantization = *op.linear->requantization;
  for (std::int32_t r = 0; r < rows; ++r) requantization.bias.push_back(100 * r - 150);
  requantization.multiplier.assign(count, 0.004f);
  requantization.lo.assign(count, -128);
  requantization.hi.assign(count, 127);
}

void give_float_linear(fb::OperatorT& op, std::int32_t rows, std::int32_t row_elements) {
  op.linear = std::make_unique<fb::LinearOptionsT>();
  op.linear->weights = std::make_unique<fb::WeightsT>();
  fb::WeightsT& weights = *op.linear->weights;
  weights.format = WeightFormat::f32;
  weights.rows = rows;
  weights.row_elements = row_elements;
  for (std::int32_t i = 0; i < rows * row_elements; ++i) {
    const float value = static_cast<float>(i % 11 - 5) * 0.1f;
    std::uint8_t bytes[4];
    std::memcpy(bytes, &value, sizeof value);
    weights.data.insert(weights.data.end(), bytes, bytes + 4);
  }
  op.linear->float_bias.assign(static_cast<std::size_t>(rows), 0.25f);
}

void set_window(fb::PoolOptionsT& pool, std::int32_t kernel, std::int32_t stride, std::int32_t pad) {
  pool.kernel_h = pool.kernel_w = kernel;
  pool.stride_h = pool.stride_w = stride;
  pool.pad_top = pool.pad_left = pool.pad_bottom = pool.pad_right = pad;
}

ModelBuilder conv_model(WeightFormat format) {
  ModelBuilder b;
  b.inputs({b.s8({1, 5, 5, 4})});
  b.outputs({b.s8({1, 5, 5, 6})});
  give_linear(b.op(OperatorKind::conv_2d, {0}, 1), format, 6, 36);
  fb::LinearOptionsT& linear = b.linear();
  linear.kernel_h = linear.kernel_w = 3;
  linear.pad_top = linear.pad_left = linear.pad_bottom = linear.pad_right = 1;
  return b;
}

ModelBuilder fully_connected_model(WeightFormat format) {
  ModelBuilder b;
  b.inputs({b.s8({2, 8})});
  b.outputs({b.s8({2, 3})});
  give_linear(b.op(OperatorKind::fully_connected, {0}, 1), format, 3, 8);
  return b;
}

ModelBuilder pool_model(OperatorKind kind) {
  ModelBuilder b;
  b.inputs({b.s8({1, 6, 6, 3})});
  b.outputs({b.s8({1, 3, 3, 3})});
  fb::OperatorT& op = b.op(kind, {0}, 1);
  op.pool = std::make_unique<fb::PoolOptionsT>();
  set_window(*op.pool, 2, 2, 0);
  return b;
}

ModelBuilder add_model() {
  ModelBuilder b;
  const std::int32_t x = b.s8({1, 2, 2, 3}), y = b.s8({1, 2, 2, 3}, 0.02f, 5);
  b.inputs({x, y});
  b.outputs({b.s8({1, 2, 2, 3}, 0.1f, -3)});
  fb::OperatorT& op = b.op(OperatorKind::add, {x, y}, 2);
  op.add = std::make_unique<fb::AddOptionsT>();
  op.add->multiplier_a = 1 << 16;
  op.add->multiplier_b = -(1 << 15);
  op.add->bias = 1000;
  op.add->multiplier = 1.0f / (1 << 16);
  return b;
}

ModelBuilder unary_model(OperatorKind kind) {
  ModelBuilder b;
  const Shape shape = {2, 6};
  const std::int32_t x = kind == OperatorKind::quantize ? b.f32(shape) : b.s8(shape);
  std::int32_t y = -1;
  switch (kind) {
    case OperatorKind::dequantize:
      y = b.f32(shape);
      break;
    case OperatorKind::reshape:
      y = b.s8({3, 1, 4});
      break;
    case OperatorKind::requantize:
      y = b.u8(shape);
      break;
    case OperatorKind::clip:
      y = b.s8(shape, 0.05f, 0, -20, 90);
      break;
    default:
      y = b.s8(shape, 1.0f / 256, -128);
      break;
  }
  b.inputs({x});
  b.outputs({y});
  fb::OperatorT& op = b.op(kind, {x}, y);
  if (kind == OperatorKind::requantize) op.multiplier = 0.75f;
  if (kind == OperatorKind::softmax) {
    op.softmax = std::make_unique<fb::SoftmaxOptionsT>();
    for (int i = 0; i < 256; ++i) op.softmax->table.push_back((1u << 20) >> (i / 8));
    op.softmax->numerator = 1u << 24;
  }
  return b;
}

ModelBuilder transpose_model() {
  ModelBuilder b;
  b.inputs({b.s8({1, 2, 3, 4})});
  b.outputs({b.s8({1, 4, 2, 3})});
  b.op(OperatorKind::transpose, {0}, 1).axes = {0, 3, 1, 2};
  return b;
}

ModelBuilder concat_model() {
  ModelBuilder b;
  const std::int32_t x = b.s8({1, 2, 3}), y = b.s8({1, 5, 3});
  b.inputs({x, y});
  b.outputs({b.s8({1, 7, 3})});
  b.op(OperatorKind::concat, {x, y}, 2).axes = {1};
  return b;
}

ModelBuilder pad_model() {
  ModelBuilder b;
  b.inputs({b.s8({1, 3, 3, 2})});
  b.outputs({b.s8({1, 5, 4, 2})});
  b.op(OperatorKind::pad, {0}, 1).axes = {0, 1, 1, 0, 0, 1, 0, 0};
  return b;
}

}  // namespace bulwark::test
