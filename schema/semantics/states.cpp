// SPDX-License-Identifier: Apache-2.0
// States: tensors that keep a value from run to run. graph.cpp has shown that the session alone writes them
// and that an operator writes their next value.
#include <cinttypes>

#include "schema/semantics/semantics.h"

namespace bulwark::schema {
namespace {

std::int32_t element(const TensorView& tensor, View<std::uint8_t> bytes, std::size_t i) {
  if (tensor.type == ElementType::s8) return static_cast<std::int8_t>(bytes[i]);
  return static_cast<std::int16_t>(bytes[2 * i] | bytes[2 * i + 1] << 8);
}

/// The value before the first run: bytes of the tensor within its range, or its zero point.
bool check_initial(Context& context, const Place& place, const TensorView& tensor, View<std::uint8_t> initial,
                   bool present) {
  if (!present) {
    return tensor.type == ElementType::f32 ||
           (tensor.lo <= tensor.zero_point && tensor.zero_point <= tensor.hi) ||
           place.invalid("its zero point %" PRId32 " is outside the range %" PRId32 "..%" PRId32,
                         tensor.zero_point, tensor.lo, tensor.hi);
  }
  if (!place.has_entries("initial", initial.size(), static_cast<std::size_t>(tensor.bytes())) ||
      !count_scan(context, place, initial.size())) {
    return false;
  }
  if (tensor.type == ElementType::f32) return true;
  for (std::size_t i = 0; i < static_cast<std::size_t>(tensor.elements()); ++i) {
    if (!place.in_range("an initial value", element(tensor, initial, i), tensor.lo, tensor.hi)) return false;
  }
  return true;
}

bool check_state(Context& context, const Place& place, const fb::State& raw) {
  const StateView state = view(raw);
  const TensorView tensor = context.tensor(state.tensor), next = context.tensor(state.next);
  if (tensor.type != ElementType::s8 && tensor.type != ElementType::s16 && tensor.type != ElementType::f32) {
    return place.invalid("is %s, must be s8, s16 or f32", name(tensor.type));
  }
  return require_same_shape(place, tensor, next) && require_same_quantization(place, next, tensor) &&
         require_range_kept(place, next, tensor) &&
         check_initial(context, place, tensor, state.initial, raw.initial() != nullptr);
}

}  // namespace

bool check_states(Context& context) {
  const auto* states = context.model.states();
  for (std::int32_t i = 0; i < count(states); ++i) {
    const fb::State& state = *states->Get(static_cast<std::uint32_t>(i));
    if (!check_state(context, Place(context.error, "state", i, context.tensor(state.tensor()).name), state))
      return false;
  }
  return true;
}

}  // namespace bulwark::schema
