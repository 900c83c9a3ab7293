// SPDX-License-Identifier: Apache-2.0
// Operators of two tensors, one of them perhaps repeated: mul, sub, div, maximum, minimum, prelu. (add stands
// with the other elementwise ones.)
#include <cinttypes>

#include "schema/semantics/semantics.h"

namespace bulwark::schema {
namespace {

bool check_integers(const OperatorCheck& check) {
  const Place& place = check.place;
  switch (check.op.kind) {
    case OperatorKind::mul:  // at most 255 * 255
      return place.positive_normal("multiplier", check.op.multiplier);
    case OperatorKind::prelu:
      return place.positive_normal("multiplier", check.op.prelu.multiplier) &&
             place.positive_normal("slope_multiplier", check.op.prelu.slope_multiplier);
    case OperatorKind::maximum:
    case OperatorKind::minimum:
      return require_same_quantization(place, check.input(0), check.output()) &&
             require_same_quantization(place, check.input(1), check.output());
    default:
      return place.invalid("the input is s8, must be f32");
  }
}

/// s16 x s16 -> s16 or s8: at most 2^30. Only mul comes here.
bool check_wide_product(const OperatorCheck& check) {
  const TensorView output = check.output();
  if (output.type != ElementType::s16 && output.type != ElementType::s8) {
    return check.place.invalid("the output is %s, must be s16 or s8", name(output.type));
  }
  return require_type(check.place, "the second input", check.input(1), ElementType::s16) &&
         require_same_shape(check.place, check.input(0), output) &&
         require_same_shape(check.place, check.input(1), output) &&
         check.place.positive_normal("multiplier", check.op.multiplier);
}

}  // namespace

bool check_binary(const OperatorCheck& check) {
  const TensorView a = check.input(0), b = check.input(1), output = check.output();
  const Place& place = check.place;
  if (a.type == ElementType::u8) return place.invalid("the input is u8, must be s8 or f32");
  if (a.type == ElementType::s16) return check_wide_product(check);
  if (!require_type(place, "the second input", b, a.type) ||
      !require_type(place, "the output", output, a.type) || !require_broadcast(place, a, b, output)) {
    return false;
  }
  if (check.op.kind == OperatorKind::prelu && !require_same_shape(place, a, output)) return false;
  if (a.type == ElementType::s8) return check_integers(check);
  return check.op.multiplier == 1 || place.invalid("is a float operator and must have no multiplier");
}

}  // namespace bulwark::schema
