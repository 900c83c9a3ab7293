// SPDX-License-Identifier: Apache-2.0
// Functions of one number: a table on s8, a named function on f32.
#include <cinttypes>
#include <cmath>

#include "schema/semantics/semantics.h"

namespace bulwark::schema {

bool check_lookup(const OperatorCheck& check) {
  const Place& place = check.place;
  const TensorView output = check.output();
  const View<std::int8_t> entries = check.op.lookup.entries;
  if (!require_type(place, "the input", check.input(0), ElementType::s8) ||
      !require_type(place, "the output", output, ElementType::s8) ||
      !require_same_shape(place, check.input(0), output) ||
      !place.has_entries("entries", entries.size(), 256) ||
      !count_scan(check.context, place, entries.size())) {
    return false;
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::int32_t value = entries[i];
    if (output.lo <= value && value <= output.hi) continue;
    return place.invalid("entries[%zu] is %" PRId32 ", outside the range %" PRId32 "..%" PRId32, i, value,
                         output.lo, output.hi);
  }
  return true;
}

bool check_function(const OperatorCheck& check) {
  const Place& place = check.place;
  const auto function = static_cast<unsigned>(check.op.function.function);
  if (function > static_cast<unsigned>(fb::Function::MAX))
    return place.invalid("unknown function %u", function);
  if (!std::isfinite(check.op.function.alpha) || !std::isfinite(check.op.function.beta)) {
    return place.invalid("alpha and beta must be finite");
  }
  return require_type(place, "the input", check.input(0), ElementType::f32) &&
         require_type(place, "the output", check.output(), ElementType::f32) &&
         require_same_shape(place, check.input(0), check.output());
}

}  // namespace bulwark::schema
