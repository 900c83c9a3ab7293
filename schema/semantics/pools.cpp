// SPDX-License-Identifier: Apache-2.0
// max_pool_2d and average_pool_2d, on s8 and f32.
#include <algorithm>
#include <cinttypes>
#include <cstdlib>

#include "schema/semantics/semantics.h"
#include "schema/semantics/window.h"

namespace bulwark::schema {
namespace {

bool check_max(const OperatorCheck& check) {
  const PoolView& pool = check.op.pool;
  if (pool.count_include_pad || pool.multiplier != 1 || pool.origin_shift != 0) {
    return check.place.invalid("must have no multiplier, no count_include_pad and no origin_shift");
  }
  return require_same_quantization(check.place, check.input(0), check.output());
}

/// The sum fits int32, and multiplier / taps is a normal number for every count of taps.
bool check_average(const OperatorCheck& check, std::int64_t taps) {
  const PoolView& pool = check.op.pool;
  const TensorView input = check.input(0);
  if (input.type == ElementType::f32) {
    return (pool.multiplier == 1 && pool.origin_shift == 0) ||
           check.place.invalid("is a float operator and must have no multiplier and no origin_shift");
  }
  if (pool.origin_shift != 0 && pool.count_include_pad) {
    return check.place.invalid("must have no origin_shift beside count_include_pad");
  }
  for (const TensorView& tensor : {input, check.output()}) {
    const std::int64_t origin = std::int64_t{tensor.zero_point} + pool.origin_shift;
    if (origin < -128 || origin > 127) {
      return check.place.invalid("origin_shift moves a zero point to %" PRId64 ", must be -128..127", origin);
    }
  }
  const std::int32_t origin = input.zero_point + pool.origin_shift;
  const std::int64_t largest = std::max(std::abs(input.lo - origin), std::abs(input.hi - origin));
  if (taps * largest > INT32_MAX) {
    return check.place.invalid("the sum of a window can reach %" PRId64 ", must be at most 2147483647",
                               taps * largest);
  }
  return check.place.positive_normal("multiplier", pool.multiplier) &&
         check.place.positive_normal("multiplier / taps", pool.multiplier / static_cast<float>(taps));
}

}  // namespace

bool check_pool(const OperatorCheck& check) {
  const TensorView input = check.input(0), output = check.output();
  const Place& place = check.place;
  if (input.type == ElementType::u8) return place.invalid("the input is u8, must be s8 or f32");
  if (!require_type(place, "the output", output, input.type) || !check_nhwc(place, input, output))
    return false;
  const Axis h = vertical(check.op.pool, input, output), w = horizontal(check.op.pool, input, output);
  if (!check_axis(place, h) || !check_axis(place, w)) return false;
  if (!check_every_window_touches(place, h) || !check_every_window_touches(place, w)) return false;
  if (input.shape[3] != output.shape[3]) {
    return place.invalid("the channels change from %" PRId32 " to %" PRId32, input.shape[3], output.shape[3]);
  }
  const std::int64_t taps = std::int64_t{h.kernel} * w.kernel;
  return count_macs(check.context, place, output.elements(), taps) &&
         (check.op.kind == OperatorKind::max_pool_2d ? check_max(check) : check_average(check, taps));
}

}  // namespace bulwark::schema
