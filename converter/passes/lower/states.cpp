// SPDX-License-Identifier: Apache-2.0
// States of the model: inputs of the graph that the session keeps, and the outputs that they become.
#include <bit>

#include "converter/passes/lower/lowering.h"

namespace bulwark::converter::passes::lowering {
namespace {

/// The initial value as the tensor's bytes, little-endian; `shift` as in IntegerTensor.
std::vector<std::uint8_t> bytes_of(const Constant& constant, write::ElementType type, std::int32_t shift) {
  std::vector<std::uint8_t> bytes;
  const auto append = [&](std::uint32_t bits, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(bits >> (8 * i)));
  };
  for (const float value : constant.floats) append(std::bit_cast<std::uint32_t>(value), 4);
  for (const std::int64_t value : constant.ints) {
    append(static_cast<std::uint32_t>(value - shift), schema::element_size(type));
  }
  return bytes;
}

}  // namespace

void Lowering::make_states() {
  for (std::size_t k = 0; k < graph_.states.size(); ++k) make_state(k);
}

void Lowering::make_state(std::size_t k) {
  const ValueId id = graph_.inputs[graph_.own_inputs() + k];
  const Value& value = graph_[id];
  const bool real = value.type == DType::f32;
  const bool wide = value.type == DType::s16;
  if (!real && !wide && value.type != DType::s8 && value.type != DType::u8) {
    problems_.push_back("state '" + value.name + "': type " + name(value.type) + " is not supported");
    return;
  }
  Grid grid;
  const std::int32_t shift = value.type == DType::u8 ? 128 : 0;
  if (!real) {
    grid = source_grid(graph_, id);
    grid.zero_point -= shift;
    grid.lo = wide ? -32768 : -128;
    grid.hi = wide ? 32767 : 127;
  }
  const auto type = real ? write::ElementType::f32 : wide ? write::ElementType::s16 : write::ElementType::s8;
  const TensorIndex tensor = add_tensor(value.name, type, value.shape, grid);
  inputs_[id] = tensor;
  if (!real) integers_[id] = {tensor, shift};
  fixed_.insert(tensor);
  write::StateSpec state;
  state.tensor = tensor;
  if (const std::optional<Constant>& initial = graph_.states[k].initial)
    state.initial = bytes_of(*initial, at(tensor).type, shift);
  spec_.states.push_back(std::move(state));
}

/// The value of the next run, in the state's own levels, written by an operator of its own.
TensorIndex Lowering::next_state(ValueId id, const std::string& name, TensorIndex state) {
  TensorIndex tensor = at(state).type == write::ElementType::f32 ? real(id) : integer(id).tensor;
  const Grid grid = grid_of(state);
  if (!grid_of(tensor).same_levels(grid) && at(state).type == write::ElementType::s16) {
    problems_.push_back("state '" + at(state).name + "': its next value has another scale");
    return tensor;
  }
  if (!grid_of(tensor).same_levels(grid)) tensor = requantize(tensor, {grid, name, name});
  if (fixed_.count(tensor) || !at(tensor).constant.empty())
    tensor = reshape(tensor, shape_of(state), name + "_copy");
  fixed_.insert(tensor);
  return tensor;
}

void Lowering::make_next_states() {
  for (std::size_t k = 0; k < spec_.states.size(); ++k) {
    const ValueId id = graph_.outputs[graph_.own_outputs() + k];
    const std::string name = at(spec_.states[k].tensor).name + "_next";
    spec_.states[k].next = next_state(id, name, spec_.states[k].tensor);
  }
}

}  // namespace bulwark::converter::passes::lowering
