// SPDX-License-Identifier: Apache-2.0
// Networks of slices, gathers, resizing, indices and states.
#include "tests/runtime/network.h"

namespace bulwark::test {

std::int32_t Network::slice(std::int32_t input, std::vector<std::int32_t> to,
                            std::vector<std::int32_t> starts, std::vector<std::int32_t> steps) {
  OperatorSpec op;
  op.kind = OperatorKind::slice;
  op.axes = std::move(starts);
  op.axes.insert(op.axes.end(), steps.begin(), steps.end());
  return finish(std::move(op), {input}, add_tensor_like(input, std::move(to)));
}

std::int32_t Network::gather(std::int32_t input, std::int32_t axis, std::vector<std::int32_t> indices) {
  std::vector<std::int32_t> to = shape(input);
  to[static_cast<std::size_t>(axis)] = static_cast<std::int32_t>(indices.size());
  OperatorSpec op;
  op.kind = OperatorKind::gather;
  op.axes = {axis};
  op.indices = std::move(indices);
  return finish(std::move(op), {input}, add_tensor_like(input, std::move(to)));
}

std::int32_t Network::resize(std::int32_t input, std::int32_t height, std::int32_t width) {
  std::vector<std::int32_t> to = shape(input);
  OperatorSpec op;
  op.kind = OperatorKind::resize;
  op.axes = {1};
  op.resize.emplace();
  const bool is_float = tensor(input).type == ElementType::f32;
  const auto fill = [&](std::int32_t from, std::int32_t count, auto& fixed, auto& real_positions) {
    for (std::int32_t i = 0; i < count; ++i) {
      const std::int32_t position = i == 0 ? (from - 1) * 1024 : integer(0, (from - 1) * 1024);
      if (is_float) {
        real_positions.push_back(static_cast<float>(position) / 1024);
      } else {
        fixed.push_back(position);
      }
    }
  };
  fill(to[1], height, op.resize->rows, op.resize->float_rows);
  fill(to[2], width, op.resize->columns, op.resize->float_columns);
  to[1] = height;
  to[2] = width;
  return finish(std::move(op), {input}, add_tensor_like(input, std::move(to)));
}

std::int32_t Network::index(OperatorKind kind, std::int32_t input, std::int32_t axis, ElementType type) {
  std::vector<std::int32_t> to = shape(input);
  to.erase(to.begin() + axis);
  OperatorSpec op;
  op.kind = kind;
  op.axes = {axis};
  const std::int32_t output = add_tensor(ElementType::f32, to);  // neither has a scale
  tensor(output).type = type;
  return finish(std::move(op), {input}, output);
}

std::int32_t Network::state(std::int32_t like, std::vector<std::int32_t> to,
                            std::vector<std::uint8_t> initial) {
  const std::int32_t made = add_tensor_like(like, std::move(to));
  spec_.states.push_back({made, -1, std::move(initial)});
  return made;
}

void Network::set_next(std::int32_t state, std::int32_t next) {
  for (auto& s : spec_.states) {
    if (s.tensor == state) s.next = next;
  }
}

ModelSpec movement_network(std::uint32_t seed) {
  Network n(seed);
  const std::int32_t x = n.input_integer({1, 6, 7, 9});
  const std::int32_t part = n.slice(x, {1, 3, 7, 4}, {0, 5, 0, 8}, {1, -2, 1, -2});
  const std::int32_t picked = n.gather(n.gather(part, 2, {6, 0, 0, 3}), 3, {1, 1, 3, 0, 2});
  const std::int32_t small = n.resize(picked, 2, 3), large = n.resize(x, 11, 9);
  const std::int32_t real =
      n.resize(n.slice(n.dequantize(x), {1, 6, 2, 9}, {0, 0, 1, 0}, {1, 1, 4, 1}), 5, 4);
  n.output(small);
  n.output(large);
  n.output(n.index(OperatorKind::arg_max, large, 3, ElementType::s32));
  n.output(n.index(OperatorKind::arg_min, picked, 1, ElementType::s64));
  n.output(n.index(OperatorKind::arg_max, real, 2, ElementType::s64));
  return n.spec();
}

ModelSpec stateful_network(std::uint32_t seed) {
  Network n(seed);
  const std::int32_t x = n.input_integer({1, 1, 5});
  const std::int32_t ring = n.state(x, {1, 4, 5});
  const std::int32_t kept = n.slice(ring, {1, 3, 5}, {0, 1, 0}, {1, 1, 1});
  const std::int32_t next = n.concat({kept, x}, 1);
  n.set_next(ring, next);
  // A state whose next value is the state itself in another order, and one that begins with a value.
  const std::int32_t wheel = n.state(x, {1, 3}, {1, 2, 3});
  n.set_next(wheel, n.gather(wheel, 1, {1, 2, 0}));
  const std::int32_t same = n.state(x, {1, 2}, {7, 9});
  n.set_next(same, n.reshape(n.reshape(same, {2, 1}), {1, 2}));
  n.output(n.reshape(ring, {4, 5}));
  n.output(n.reshape(wheel, {3}));
  n.output(n.gather(same, 1, {1, 0}));
  return n.spec();
}

}  // namespace bulwark::test
