// SPDX-License-Identifier: Apache-2.0
#include "runtime/certificate/conditions.h"

#include <algorithm>
#include <cstdlib>

#include "kernels/common/weights.h"
#include "runtime/status.h"

namespace bulwark::runtime {
namespace {

constexpr std::int64_t kExactFloat = std::int64_t{1} << 24;

struct Row {
  std::int64_t sum_abs = 0;
};

Row read_row(const schema::WeightsView& weights, std::int32_t row, std::int16_t* values) {
  const auto length = static_cast<std::size_t>(weights.row_elements);
  const auto format = static_cast<kernels::WeightFormat>(weights.format);
  const auto bytes = static_cast<std::size_t>(kernels::weight_row_bytes(format, length));
  kernels::unpack_weight_row(format, weights.data.data() + static_cast<std::size_t>(row) * bytes, length,
                             values);
  Row sums;
  for (std::size_t i = 0; i < length; ++i) sums.sum_abs += std::abs(values[i]);
  return sums;
}

}  // namespace

IntervalForm interval_form(const schema::TensorView& input) {
  IntervalForm form;
  const std::int32_t width = input.hi - input.lo;
  if (width > 127) {
    form.centre_lo = input.lo;
    form.centre_hi = input.hi;
    form.centre_pad = input.zero_point;
    return form;
  }
  // -128 <= lo, hi <= 127 and width <= 127: 2 * (end - offset) spans 254 values around zero.
  form.doubled = true;
  form.offset = input.lo + (width + 1) / 2;
  form.centre_lo = 2 * (input.lo - form.offset);
  form.centre_hi = 2 * (input.hi - form.offset);
  // Outside lo..hi only where nothing is padded.
  form.centre_pad = 2 * (std::clamp(input.zero_point, input.lo, input.hi) - form.offset);
  form.centre_offset = 2 * form.offset;
  form.radius_lo = 0;
  form.radius_hi = width;
  form.radius_pad = 0;
  form.radius_offset = 0;
  return form;
}

bw_status check_interval_sums(const schema::VerifiedModel& file, std::int32_t index,
                              std::int16_t* workspace) {
  const schema::OperatorView op = file.op(index);
  const schema::LinearView& linear = op.linear;
  const schema::TensorView input = file.tensor(op.inputs[0]);
  const IntervalForm form = interval_form(input);
  // Of the values that are multiplied and of those that are meant; the second reach one below lo (see
  // IntervalForm).
  const std::int64_t stored =
      std::max({std::abs(form.centre_lo), std::abs(form.centre_hi), form.radius_hi, 64});
  const std::int64_t ends = std::max(std::abs(input.lo - (form.doubled ? 0 : 1)), std::abs(input.hi));
  const std::int64_t meant = form.doubled ? 2 * ends : std::max<std::int64_t>(ends, 128);
  for (std::int32_t row = 0; row < linear.weights.rows; ++row) {
    const Row sums = read_row(linear.weights, row, workspace);
    const std::int64_t reach = sums.sum_abs * std::max(stored, meant);
    if (reach > kExactFloat) {
      return fail(BW_STATUS_NOT_CERTIFIABLE,
                  "operator %d '%s': interval sums of channel %d can reach %lld, more than 2^24 = 16777216",
                  index, op.name.data(), row, static_cast<long long>(reach));
    }
    const std::int64_t bias = linear.bias[static_cast<std::size_t>(row)];
    const std::int64_t bound = (sums.sum_abs * ends << linear.fraction_bits) + std::abs(bias);
    if (bound > INT32_MAX) {
      return fail(BW_STATUS_NOT_CERTIFIABLE,
                  "operator %d '%s': a bound of channel %d can reach %lld, more than 2^31 - 1", index,
                  op.name.data(), row, static_cast<long long>(bound));
    }
  }
  return BW_STATUS_OK;
}

}  // namespace bulwark::runtime
