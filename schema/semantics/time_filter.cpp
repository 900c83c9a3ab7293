// SPDX-License-Identifier: Apache-2.0
// time_filter: input [batch, time, features] s16, output [batch, units] s8.
#include <cinttypes>

#include "schema/semantics/semantics.h"

namespace bulwark::schema {
namespace {

bool check_shapes(const OperatorCheck& check) {
  const View<std::int32_t> in = check.input(0).shape, out = check.output().shape;
  const Place& place = check.place;
  if (in.size() != 3 || out.size() != 2) {
    return place.invalid("its tensors have %zu and %zu dimensions, must have 3 and 2", in.size(), out.size());
  }
  if (in[0] != out[0] || in[2] % out[1] != 0) {
    return place.invalid("%" PRId32 " features of a batch of %" PRId32 " do not make %" PRId32
                         " units of a batch of %" PRId32,
                         in[2], in[0], out[1], out[0]);
  }
  return true;
}

}  // namespace

bool check_time_filter(const OperatorCheck& check) {
  const Place& place = check.place;
  if (!require_type(place, "the input", check.input(0), ElementType::s16) ||
      !require_type(place, "the output", check.output(), ElementType::s8) || !check_shapes(check)) {
    return false;
  }
  const View<std::int32_t> in = check.input(0).shape;
  const std::int64_t units = check.output().shape[1];
  const std::int64_t weights = std::int64_t{in[1]} * in[2];  // below 2^31: a product of them is below 2^61
  const TimeFilterView& filter = check.op.time_filter;
  return place.has_entries("weights", filter.weights.size(), static_cast<std::size_t>(weights)) &&
         place.has_entries("bias", filter.bias.size(),
                           filter.bias.empty() ? 0 : static_cast<std::size_t>(units)) &&
         count_scan(check.context, place, filter.weights.size_bytes() + filter.bias.size_bytes()) &&
         count_macs(check.context, place, check.output().elements(), weights / units) &&
         place.positive_normal("multiplier", check.op.multiplier);
}

}  // namespace bulwark::schema
