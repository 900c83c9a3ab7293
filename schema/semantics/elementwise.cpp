// SPDX-License-Identifier: Apache-2.0
// add, requantize, quantize, dequantize, clip and softmax. Those that produce integers clamp to the range
// their output declares.
#include <algorithm>
#include <cinttypes>

#include "schema/semantics/semantics.h"

namespace bulwark::schema {
namespace {

std::int64_t magnitude(std::int64_t value) { return value < 0 ? -value : value; }
std::int64_t largest(const TensorView& tensor) {
  return std::max(magnitude(tensor.lo), magnitude(tensor.hi));
}

bool require_integer(const Place& place, const char* what, const TensorView& tensor) {
  return tensor.type != ElementType::f32 || place.invalid("%s is f32, must be s8 or u8", what);
}

}  // namespace

bool check_add(const OperatorCheck& check) {
  const TensorView a = check.input(0), b = check.input(1), output = check.output();
  const Place& place = check.place;
  if (a.type == ElementType::u8) return place.invalid("the input is u8, must be s8 or f32");
  if (!require_type(place, "the second input", b, a.type) ||
      !require_type(place, "the output", output, a.type) || !require_broadcast(place, a, b, output)) {
    return false;
  }
  if (a.type == ElementType::f32) return true;
  if (a.type == ElementType::s16) {
    return require_same_shape(place, a, output) && require_same_shape(place, b, output) &&
           require_same_quantization(place, a, output) && require_same_quantization(place, b, output);
  }
  const AddView& add = check.op.add;
  // 2^7 * 2^31 twice and 2^31: below 2^40.
  const std::int64_t reach = largest(a) * magnitude(add.multiplier_a) +
                             largest(b) * magnitude(add.multiplier_b) + magnitude(add.bias);
  if (reach > INT32_MAX) {
    return place.invalid("its sum can reach %" PRId64 ", must be at most 2147483647", reach);
  }
  return place.positive_normal("multiplier", add.multiplier);
}

bool check_requantize(const OperatorCheck& check) {
  return require_integer(check.place, "the input", check.input(0)) &&
         require_integer(check.place, "the output", check.output()) &&
         require_same_shape(check.place, check.input(0), check.output()) &&
         check.place.positive_normal("multiplier", check.op.multiplier);
}

bool check_quantize(const OperatorCheck& check) {
  return require_type(check.place, "the input", check.input(0), ElementType::f32) &&
         require_integer(check.place, "the output", check.output()) &&
         require_same_shape(check.place, check.input(0), check.output());
}

bool check_dequantize(const OperatorCheck& check) {
  return require_integer(check.place, "the input", check.input(0)) &&
         require_type(check.place, "the output", check.output(), ElementType::f32) &&
         require_same_shape(check.place, check.input(0), check.output());
}

bool check_clip(const OperatorCheck& check) {
  return require_same_quantization(check.place, check.input(0), check.output()) &&
         require_same_shape(check.place, check.input(0), check.output());
}

bool check_softmax(const OperatorCheck& check) {
  const TensorView input = check.input(0);
  const Place& place = check.place;
  if (input.type == ElementType::u8) return place.invalid("the input is u8, must be s8 or f32");
  if (!require_type(place, "the output", check.output(), input.type) ||
      !require_same_shape(place, input, check.output())) {
    return false;
  }
  if (input.type == ElementType::f32) return true;
  const SoftmaxView& softmax = check.op.softmax;
  return require_exponentials(check, softmax.table, 1) &&
         place.in_range("numerator", softmax.numerator, 1, kMaxSoftmaxNumerator);
}

bool require_exponentials(const OperatorCheck& check, View<std::uint32_t> table, std::uint32_t first_lo) {
  const Place& place = check.place;
  if (!place.has_entries("table", table.size(), 256) ||
      !count_scan(check.context, place, table.size_bytes()) ||
      !place.in_range("table[0]", table[0], first_lo, kMaxSoftmaxEntry)) {
    return false;
  }
  for (std::size_t i = 1; i < table.size(); ++i) {
    if (table[i] > table[i - 1]) {
      return place.invalid("table[%zu] is %" PRIu32 ", above the entry before it", i, table[i]);
    }
  }
  return true;
}

bool check_log_softmax(const OperatorCheck& check) {
  const TensorView input = check.input(0);
  const Place& place = check.place;
  if (input.type == ElementType::u8) return place.invalid("the input is u8, must be s8 or f32");
  if (!require_type(place, "the output", check.output(), input.type) ||
      !require_same_shape(place, input, check.output())) {
    return false;
  }
  if (input.type == ElementType::f32) return true;
  const LogSoftmaxView& o = check.op.log_softmax;
  return require_exponentials(check, o.table, kMaxSoftmaxEntry) &&
         place.in_range("multiplier_x", o.multiplier_x, 0, kMaxLogSoftmaxMultiplier) &&
         place.in_range("multiplier_log", o.multiplier_log, 0, kMaxLogSoftmaxMultiplier) &&
         place.in_range("shift", o.shift, 1, kMaxLogSoftmaxShift);
}

}  // namespace bulwark::schema
