// SPDX-License-Identifier: Apache-2.0
// reduce_sum, reduce_max, reduce_min: axes become 1 long.
#include <algorithm>
#include <cinttypes>
#include <cstdlib>

#include "schema/semantics/semantics.h"

namespace bulwark::schema {
namespace {

/// The axes are sorted and distinct, and the output is the input with them 1 long. `*taps`: elements that
/// make one of the output.
bool check_axes(const OperatorCheck& check, std::int64_t* taps) {
  const TensorView input = check.input(0), output = check.output();
  const View<std::int32_t> axes = check.op.axes;
  const std::size_t rank = input.shape.size();
  if (output.shape.size() != rank) {
    return check.place.invalid("the ranks of its tensors differ: %zu and %zu", rank, output.shape.size());
  }
  unsigned reduced = 0;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (!check.place.in_range("an axis", axes[i], 0, static_cast<std::int64_t>(rank) - 1)) return false;
    if (i > 0 && axes[i] <= axes[i - 1]) return check.place.invalid("its axes are not in rising order");
    reduced |= 1u << axes[i];
  }
  *taps = 1;
  for (std::size_t i = 0; i < rank; ++i) {
    const bool gone = (reduced >> i & 1u) != 0;
    const std::int32_t expected = gone ? 1 : input.shape[i];
    if (output.shape[i] != expected) {
      return check.place.invalid("dimension %zu of the output is %" PRId32 ", must be %" PRId32, i,
                                 output.shape[i], expected);
    }
    if (gone) *taps *= input.shape[i];
  }
  return true;
}

bool check_sum(const OperatorCheck& check, std::int64_t taps) {
  const TensorView input = check.input(0);
  if (!check.place.positive_normal("multiplier", check.op.multiplier)) return false;
  if (input.type == ElementType::f32) return true;
  const std::int64_t largest =
      std::max(std::abs(input.lo - input.zero_point), std::abs(input.hi - input.zero_point));
  return taps * largest <= INT32_MAX ||
         check.place.invalid("its sum can reach %" PRId64 ", must be at most 2147483647", taps * largest);
}

}  // namespace

bool check_reduce(const OperatorCheck& check) {
  const TensorView input = check.input(0), output = check.output();
  std::int64_t taps = 0;
  if (input.type == ElementType::u8) return check.place.invalid("the input is u8, must be s8 or f32");
  if (!require_type(check.place, "the output", output, input.type) || !check_axes(check, &taps) ||
      !count_macs(check.context, check.place, output.elements(), taps)) {
    return false;
  }
  return check.op.kind == OperatorKind::reduce_sum ? check_sum(check, taps)
                                                   : require_same_quantization(check.place, input, output);
}

}  // namespace bulwark::schema
