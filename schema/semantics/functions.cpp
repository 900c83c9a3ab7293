// SPDX-License-Identifier: Apache-2.0
// Functions of one number: a table on s8, a named function on f32.
#include <cinttypes>
#include <cmath>

#include "schema/semantics/semantics.h"

namespace bulwark::schema {
namespace {

template <typename Entry>
bool check_entries(const OperatorCheck& check, ElementType type, View<Entry> entries, std::size_t count) {
  const Place& place = check.place;
  const TensorView output = check.output();
  if (!require_type(place, "the input", check.input(0), type) ||
      !require_type(place, "the output", output, type) ||
      !require_same_shape(place, check.input(0), output) ||
      !place.has_entries("entries", entries.size(), count) ||
      !count_scan(check.context, place, entries.size_bytes())) {
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

}  // namespace

bool check_lookup(const OperatorCheck& check) {
  if (check.input(0).type == ElementType::s16)
    return check_entries(check, ElementType::s16, check.op.wide_lookup.entries, kWideLookupEntries);
  return check_entries(check, ElementType::s8, check.op.lookup.entries, 256);
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
