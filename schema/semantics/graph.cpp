// SPDX-License-Identifier: Apache-2.0
// Who writes which tensor: each one exactly once, and before it is read. As operators run in the order of the
// file, this excludes cycles.
#include <bitset>
#include <cinttypes>

#include "schema/semantics/semantics.h"

namespace bulwark::schema {
namespace {

struct Writers {
  const Context& context;
  std::bitset<kMaxTensors> written, by_operator;

  bool has(std::int32_t tensor) const { return written[static_cast<std::size_t>(tensor)]; }
  void set(std::int32_t tensor) { written[static_cast<std::size_t>(tensor)] = true; }
};

bool check_index(const Writers& w, const Place& place, const char* what, std::int32_t index) {
  const std::int32_t tensors = count(w.context.model.tensors());
  if (index >= 0 && index < tensors) return true;
  return place.invalid("%s is tensor %" PRId32 ", the file has %" PRId32, what, index, tensors);
}

bool write(Writers& w, const Place& place, const char* what, std::int32_t index) {
  if (!check_index(w, place, what, index)) return false;
  if (w.has(index)) return place.invalid("%s, tensor %" PRId32 ", is written a second time", what, index);
  w.set(index);
  return true;
}

void mark_constants(Writers& w) {
  const std::int32_t tensors = count(w.context.model.tensors());
  for (std::int32_t i = 0; i < tensors; ++i) {
    if (!w.context.tensor(i).constant.empty()) w.set(i);
  }
}

bool check_inputs(Writers& w) {
  const Place place(w.context.error, "model inputs");
  for (const std::int32_t index : view(w.context.model.inputs())) {
    if (!write(w, place, "an input", index)) return false;
    const TensorView tensor = w.context.tensor(index);
    if (!is_activation(tensor.type)) {
      return place.invalid("tensor %" PRId32 " is %s, must be s8, u8 or f32", index, name(tensor.type));
    }
    if (tensor.type == ElementType::f32 || tensor.hi - tensor.lo == 255) continue;
    return place.invalid("tensor %" PRId32 " has the range %" PRId32 "..%" PRId32
                         ", must be the whole range of its type",
                         index, tensor.lo, tensor.hi);
  }
  return true;
}

bool check_operator(Writers& w, const Place& place, const OperatorView& op) {
  const auto inputs = static_cast<std::int64_t>(op.inputs.size());
  const auto outputs = static_cast<std::int64_t>(op.outputs.size());
  if (!place.in_range("the number of inputs", inputs, 1, kMaxNodeTensors) ||
      !place.in_range("the number of outputs", outputs, 1, 1)) {
    return false;
  }
  for (const std::int32_t index : op.inputs) {
    if (!check_index(w, place, "an input", index)) return false;
    if (!w.has(index)) return place.invalid("reads tensor %" PRId32 " before it is written", index);
  }
  if (!write(w, place, "the output", op.outputs[0])) return false;
  w.by_operator[static_cast<std::size_t>(op.outputs[0])] = true;
  return true;
}

bool check_outputs(const Writers& w) {
  const Place place(w.context.error, "model outputs");
  std::bitset<kMaxTensors> seen;
  for (const std::int32_t index : view(w.context.model.outputs())) {
    if (!check_index(w, place, "an output", index)) return false;
    const auto i = static_cast<std::size_t>(index);
    if (!w.by_operator[i]) return place.invalid("tensor %" PRId32 " is not written by an operator", index);
    if (w.context.tensor(index).type == ElementType::s16) {
      return place.invalid("tensor %" PRId32 " is s16, which is not for outputs of the model", index);
    }
    if (seen[i]) return place.invalid("tensor %" PRId32 " is listed twice", index);
    seen[i] = true;
  }
  return true;
}

/// The session writes these before the first run and after every one.
bool mark_states(Writers& w) {
  const auto* states = w.context.model.states();
  if (states == nullptr) return true;
  const Place place(w.context.error, "model states");
  if (!place.in_range("the number of states", count(states), 1, kMaxTensors)) return false;
  for (const fb::State* state : *states) {
    if (!write(w, place, "a state", state->tensor())) return false;
  }
  return true;
}

bool check_next_values(const Writers& w) {
  const auto* states = w.context.model.states();
  if (states == nullptr) return true;
  const Place place(w.context.error, "model states");
  for (const fb::State* state : *states) {
    const std::int32_t next = state->next();
    if (!check_index(w, place, "the next value", next)) return false;
    if (!w.by_operator[static_cast<std::size_t>(next)]) {
      return place.invalid("the next value, tensor %" PRId32 ", is not written by an operator", next);
    }
  }
  return true;
}

}  // namespace

bool check_graph(const Context& context) {
  Writers w{context, {}, {}};
  mark_constants(w);
  if (!check_inputs(w) || !mark_states(w)) return false;
  const std::int32_t operators = count(context.model.operators());
  for (std::int32_t i = 0; i < operators; ++i) {
    const fb::Operator& raw = *context.model.operators()->Get(static_cast<std::uint32_t>(i));
    if (!check_operator(w, Place(context.error, "operator", i, view(raw.name())), view(raw))) return false;
  }
  const std::int32_t tensors = count(context.model.tensors());
  for (std::int32_t i = 0; i < tensors; ++i) {
    if (w.has(i)) continue;
    return Place(context.error, "tensor", i, context.tensor(i).name)
        .invalid("is never written: no input, no constant, no operator's output");
  }
  return check_next_values(w) && check_outputs(w);
}

}  // namespace bulwark::schema
