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
  if (pool.count_include_pad || pool.multiplier != 1) {
    return check.place.invalid("must have no multiplier and no count_include_pad");
  }
  return require_same_quantization(check.place, check.input(0), check.output());
}

/// The sum fits int32, and multiplier / taps is a normal number for every count of taps.
bool check_average(const OperatorCheck& check, std::int64_t taps) {
  const PoolView& pool = check.op.pool;
  const TensorView input = check.input(0);
  if (input.type == ElementType::f32) {
    return pool.multiplier == 1 || check.place.invalid("is a float operator and must have no multiplier");
  }
  const std::int64_t largest =
      std::max(std::abs(input.lo - input.zero_point), std::abs(input.hi - input.zero_point));
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
