// SPDX-License-Identifier: Apache-2.0
// Slices, gathers, resizing, indices and states, alone and together.
#include "tests/schema/model_builder.h"

namespace bulwark::test {

using fb::ElementType;
using fb::OperatorKind;

namespace {

void give_positions(fb::OperatorT& op, std::vector<std::int32_t> rows, std::vector<std::int32_t> columns,
                    bool is_float) {
  op.axes = {1};
  op.resize = std::make_unique<fb::ResizeOptionsT>();
  if (!is_float) {
    op.resize->rows = std::move(rows);
    op.resize->columns = std::move(columns);
    return;
  }
  for (const std::int32_t p : rows) op.resize->float_rows.push_back(static_cast<float>(p) / 1024);
  for (const std::int32_t p : columns) op.resize->float_columns.push_back(static_cast<float>(p) / 1024);
}

}  // namespace

ModelBuilder slice_model() {
  ModelBuilder b;
  b.inputs({b.s8({2, 5, 6})});
  b.outputs({b.s8({1, 2, 3})});
  b.op(OperatorKind::slice, {0}, 1).axes = {1, 0, 5, 1, 3, -2};
  return b;
}

ModelBuilder gather_model() {
  ModelBuilder b;
  b.inputs({b.s8({2, 4, 3})});
  b.outputs({b.s8({2, 3, 3})});
  fb::OperatorT& op = b.op(OperatorKind::gather, {0}, 1);
  op.axes = {1};
  op.indices = {3, 0, 3};
  return b;
}

ModelBuilder resize_model(bool is_float) {
  ModelBuilder b;
  const Shape from = {1, 2, 3, 5}, to = {1, 3, 4, 5};
  b.inputs({is_float ? b.f32(from) : b.s8(from)});
  b.outputs({is_float ? b.f32(to) : b.s8(to)});
  give_positions(b.op(OperatorKind::resize, {0}, 1), {0, 512, 1024}, {0, 700, 1400, 2048}, is_float);
  return b;
}

ModelBuilder arg_model(OperatorKind kind) {
  ModelBuilder b;
  b.inputs({b.s8({2, 4, 3})});
  b.outputs({b.indices({2, 3}, ElementType::s64)});
  b.op(kind, {0}, 1).axes = {1};
  return b;
}

ModelBuilder state_model() {
  ModelBuilder b;
  const std::int32_t x = b.s8({1, 1, 4}), ring = b.s8({1, 3, 4}), kept = b.s8({1, 2, 4}),
                     next = b.s8({1, 3, 4});
  b.inputs({x});
  b.outputs({b.s8({1, 1, 4}, 0.1f)});
  b.op(OperatorKind::slice, {ring}, kept).axes = {0, 1, 0, 1, 1, 1};
  b.op(OperatorKind::concat, {kept, x}, next).axes = {1};
  fb::OperatorT& sum = b.op(OperatorKind::reduce_sum, {next}, 4);
  sum.axes = {1};
  sum.multiplier = 0.5f;
  b.state(ring, next);
  return b;
}

ModelBuilder movement_network() {
  ModelBuilder b;
  const std::int32_t x = b.s8({1, 4, 5, 9}), part = b.s8({1, 2, 5, 9}), picked = b.s8({1, 2, 3, 9});
  const std::int32_t large = b.s8({1, 4, 3, 9}), real = b.f32({1, 4, 3, 9}), small = b.f32({1, 2, 2, 9});
  const std::int32_t first = b.indices({1, 4, 3}, ElementType::s32),
                     last = b.indices({1, 2, 9}, ElementType::s64);
  const std::int32_t ring = b.s8({1, 4, 3, 9}), mean = b.f32({1, 2, 2, 9}), sum = b.f32({1, 2, 2, 9});
  b.inputs({x});
  b.outputs({first, last, b.s8({1, 4, 3, 9})});
  b.op(OperatorKind::slice, {x}, part).axes = {0, 3, 0, 0, 1, -2, 1, 1};
  fb::OperatorT& gather = b.op(OperatorKind::gather, {part}, picked);
  gather.axes = {2};
  gather.indices = {4, 0, 4};
  give_positions(b.op(OperatorKind::resize, {picked}, large), {0, 300, 1000, 1024}, {5, 1024, 2048}, false);
  b.op(OperatorKind::arg_max, {large}, first).axes = {3};
  b.op(OperatorKind::dequantize, {large}, real);
  give_positions(b.op(OperatorKind::resize, {real}, small), {0, 3072}, {100, 2000}, true);
  b.op(OperatorKind::add, {small, mean}, sum);
  b.op(OperatorKind::arg_min, {sum}, last).axes = {1};
  b.op(OperatorKind::clip, {ring}, 11);
  b.state(ring, large, std::vector<std::uint8_t>(108, 200));
  b.state(mean, sum);
  return b;
}

}  // namespace bulwark::test
