// SPDX-License-Identifier: Apache-2.0
// Networks of the operators that work element by element, on rows or along axes.
#include <algorithm>
#include <cmath>

#include "tests/runtime/network.h"

namespace bulwark::test {

std::int32_t Network::log_softmax(std::int32_t input) {
  const std::int32_t output = add_tensor(tensor(input).type, shape(input));
  OperatorSpec op;
  op.kind = OperatorKind::log_softmax;
  if (tensor(input).type == ElementType::f32) return finish(std::move(op), {input}, output);
  tensor(output).zero_point = 127;
  op.log_softmax.emplace();
  for (int i = 0; i < 256; ++i) {
    op.log_softmax->table.push_back(static_cast<std::uint32_t>(std::lround(std::exp(-0.05 * i) * 1048576)));
  }
  op.log_softmax->multiplier_x = static_cast<std::uint32_t>(integer(1 << 23, 1 << 24));
  op.log_softmax->multiplier_log = static_cast<std::uint32_t>(integer(2000, 3000));
  op.log_softmax->shift = 24;
  return finish(std::move(op), {input}, output);
}

std::int32_t Network::binary(OperatorKind kind, std::int32_t a, std::int32_t b) {
  std::vector<std::int32_t> to = shape(a);
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = std::max(to[i], shape(b)[i]);
  const bool is_float = tensor(a).type == ElementType::f32;
  const bool extreme = kind == OperatorKind::maximum || kind == OperatorKind::minimum;
  const std::int32_t output = extreme ? add_tensor_like(a, to) : add_tensor(tensor(a).type, to);
  OperatorSpec op;
  op.kind = kind;
  if (!is_float && kind == OperatorKind::mul) op.multiplier = real(0.005f, 0.02f);
  if (!is_float && kind == OperatorKind::prelu) {
    op.prelu.emplace();
    op.prelu->multiplier = real(0.5f, 1.5f);
    op.prelu->slope_multiplier = real(0.005f, 0.02f);
  }
  return finish(std::move(op), {a, b}, output);
}

std::int32_t Network::lookup(std::int32_t input) {
  const std::int32_t output = add_tensor(ElementType::s8, shape(input));
  tensor(output).lo = -120;
  OperatorSpec op;
  op.kind = OperatorKind::lookup;
  op.lookup.emplace();
  for (int i = 0; i < 256; ++i) op.lookup->entries.push_back(static_cast<std::int8_t>(integer(-120, 127)));
  return finish(std::move(op), {input}, output);
}

std::int32_t Network::sigmoid(std::int32_t input) {
  OperatorSpec op;
  op.kind = OperatorKind::function;
  op.function.emplace();
  return finish(std::move(op), {input}, add_tensor(ElementType::f32, shape(input)));
}

std::int32_t Network::reduce(OperatorKind kind, std::int32_t input, std::vector<std::int32_t> axes) {
  std::vector<std::int32_t> to = shape(input);
  float count = 1;
  for (const std::int32_t axis : axes) {
    count *= static_cast<float>(to[static_cast<std::size_t>(axis)]);
    to[static_cast<std::size_t>(axis)] = 1;
  }
  const bool sum = kind == OperatorKind::reduce_sum;
  OperatorSpec op;
  op.kind = kind;
  op.axes = std::move(axes);
  if (sum) op.multiplier = real(1.0f, 2.0f) / count;
  return finish(std::move(op), {input},
                sum ? add_tensor(tensor(input).type, to) : add_tensor_like(input, to));
}

std::int32_t Network::constant_like(std::int32_t like, std::vector<std::int32_t> to) {
  const std::int32_t index = constant(std::move(to));
  tensor(index).scale = tensor(like).scale;
  tensor(index).zero_point = tensor(like).zero_point;
  return index;
}

ModelSpec elementwise_network(std::uint32_t seed) {
  Network n(seed);
  const std::int32_t x = n.input_integer({1, 5, 6, 18}), y = n.input_integer({1, 5, 6, 18});
  const std::int32_t product = n.binary(OperatorKind::mul, x, y);
  const std::int32_t pooled = n.reduce(OperatorKind::reduce_sum, product, {1, 2});
  const std::int32_t gated = n.binary(OperatorKind::mul, n.lookup(pooled), product);  // [1,1,1,C] x all
  const std::int32_t columns =
      n.binary(OperatorKind::mul, gated, n.constant({1, 5, 6, 1}));  // one of each row
  const std::int32_t table = n.binary(OperatorKind::mul, n.constant({1, 1, 6, 1}), n.constant({1, 5, 1, 18}));
  const std::int32_t sum = n.add(n.add(n.constant({1, 1, 1, 1}), columns), table);
  const std::int32_t rows = n.add(sum, n.constant({1, 1, 6, 18}));
  const std::int32_t slope = n.binary(OperatorKind::prelu, rows, n.constant({1, 1, 1, 18}));
  const std::int32_t slopes = n.binary(OperatorKind::prelu, slope, n.constant({1, 5, 1, 1}));
  const std::int32_t high = n.binary(OperatorKind::maximum, slopes, n.constant_like(slopes, {1, 1, 1, 18}));
  const std::int32_t low = n.binary(OperatorKind::minimum, n.constant_like(high, {1, 1, 1, 1}), high);
  n.output(n.softmax(n.reshape(n.reduce(OperatorKind::reduce_max, low, {1, 3}), {1, 6})));
  n.output(n.log_softmax(n.reduce(OperatorKind::reduce_min, low, {0, 2})));
  n.output(n.reduce(OperatorKind::reduce_sum, low, {3}));
  n.output(n.lookup(low));
  return n.spec();
}

ModelSpec float_elementwise_network(std::uint32_t seed) {
  Network n(seed);
  const std::int32_t x = n.input_f32({2, 4, 3, 5}), y = n.input_f32({2, 4, 3, 5});
  const std::int32_t gate = n.sigmoid(n.reduce(OperatorKind::reduce_sum, x, {1, 2}));  // [2,1,1,5]
  const std::int32_t product = n.binary(OperatorKind::mul, gate, y);
  const std::int32_t difference =
      n.binary(OperatorKind::sub, n.reduce(OperatorKind::reduce_max, x, {3}), product);
  const std::int32_t quotient = n.binary(OperatorKind::div, difference, gate);
  const std::int32_t slope =
      n.binary(OperatorKind::prelu, quotient, n.reduce(OperatorKind::reduce_min, y, {0, 1, 2}));
  const std::int32_t high = n.binary(OperatorKind::maximum, slope, product);
  n.output(n.log_softmax(n.binary(OperatorKind::minimum, n.add(high, gate), x)));
  return n.spec();
}

}  // namespace bulwark::test
