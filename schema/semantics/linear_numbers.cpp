// SPDX-License-Identifier: Apache-2.0
// The constants of linear operators: packed weights, bias, multipliers, clamps, and the proof that int32 is
// wide enough.
#include <algorithm>
#include <cinttypes>
#include <cstdlib>

#include "schema/scan.h"
#include "schema/semantics/semantics.h"
#include "schema/weights.h"

namespace bulwark::schema {
namespace {

std::size_t rows_of(const OperatorCheck& check) {
  return static_cast<std::size_t>(check.op.linear.weights.rows);
}

template <typename T>
T entry(View<T> per_row_or_one, std::size_t row) {
  return per_row_or_one[per_row_or_one.size() == 1 ? 0 : row];
}

bool rows_or_one(const OperatorCheck& check, const char* what, std::size_t entries) {
  return entries == 1 || check.place.has_entries(what, entries, rows_of(check));
}

/// Before anything is read: the bytes are those the shape asks for, and no part of the file is read twice.
bool check_data_size(const OperatorCheck& check) {
  const WeightsView& weights = check.op.linear.weights;
  const std::uint64_t row =
      weight_row_bytes(weights.format, static_cast<std::uint64_t>(weights.row_elements));
  const std::uint64_t expected = row * static_cast<std::uint64_t>(weights.rows);  // 2^26 * 2^24 at most
  if (weights.data.size() != expected) {
    return check.place.invalid("weights have %zu bytes, %" PRId32 " rows of %" PRId32 " in %s need %" PRIu64,
                               weights.data.size(), weights.rows, weights.row_elements, name(weights.format),
                               expected);
  }
  const LinearView& v = check.op.linear;
  const std::uint64_t words =
      std::uint64_t{weights.scales.size()} + v.bias.size() + v.multiplier.size() + v.float_bias.size();
  return count_scan(check.context, check.place, expected + 4 * words + v.lo.size() + v.hi.size());
}

bool check_float_constants(const OperatorCheck& check) {
  const LinearView& linear = check.op.linear;
  if (check.raw.linear()->requantization() != nullptr) {
    return check.place.invalid("is a float operator and must have no requantization");
  }
  return check.place.has_entries("scales", linear.weights.scales.size(), 0) &&
         check.place.has_entries("float_bias", linear.float_bias.size(), rows_of(check));
}

bool check_clamps(const OperatorCheck& check) {
  const LinearView& linear = check.op.linear;
  const TensorView output = check.output();
  if (output.type == ElementType::f32) {
    return check.place.has_entries("lo", linear.lo.size(), 0) &&
           check.place.has_entries("hi", linear.hi.size(), 0);
  }
  if (!rows_or_one(check, "lo", linear.lo.size()) || !rows_or_one(check, "hi", linear.hi.size()))
    return false;
  if (linear.lo.size() == linear.hi.size() &&
      all_clamps_in_order(linear.lo, linear.hi, output.lo, output.hi)) {
    return true;
  }
  for (std::size_t row = 0; row < std::max(linear.lo.size(), linear.hi.size()); ++row) {
    const int lo = entry(linear.lo, row), hi = entry(linear.hi, row);
    if (lo > hi) return check.place.invalid("lo[%zu] is %d, above hi, which is %d", row, lo, hi);
    if (lo < output.lo || hi > output.hi) {
      return check.place.invalid("channel %zu reaches %d..%d, the output declares %" PRId32 "..%" PRId32, row,
                                 lo, hi, output.lo, output.hi);
    }
  }
  return true;
}

bool check_requantization(const OperatorCheck& check) {
  const LinearView& linear = check.op.linear;
  if (check.raw.linear()->requantization() == nullptr) return check.place.invalid("has no requantization");
  return check.place.in_range("fraction_bits", linear.fraction_bits, 0, kMaxFractionBits) &&
         check.place.has_entries("bias", linear.bias.size(), rows_of(check)) &&
         rows_or_one(check, "multiplier", linear.multiplier.size()) &&
         check.place.positive_normal("multiplier", linear.multiplier) && check_clamps(check) &&
         check.place.has_entries("scales", linear.weights.scales.size(), rows_of(check)) &&
         check.place.positive_normal("scales", linear.weights.scales) &&
         check.place.has_entries("float_bias", linear.float_bias.size(), 0);
}

constexpr std::int32_t kRowsAtOnce = 256;

/// What the accumulator of a channel can reach. sum |w| <= 2^24 * 255 < 2^32, |x| <= 2^7, 2^f <= 2^16: below
/// 2^56.
std::int64_t reach(const OperatorCheck& check, std::uint32_t sum_abs, std::uint32_t bias) {
  const TensorView input = check.input(0);
  const std::int64_t largest = std::max(std::abs(input.lo), std::abs(input.hi));
  return (sum_abs * largest << check.op.linear.fraction_bits) + bias;
}

/// 2^f * sum |w| * max |x| + |bias| <= 2^31 - 1 for every channel: then no order of summation leaves int32.
bool check_reach(const OperatorCheck& check, std::int32_t first_row, View<std::uint32_t> sums,
                 std::uint32_t largest_sum) {
  const View<std::int32_t> bias =
      check.op.linear.bias.subspan(static_cast<std::size_t>(first_row), sums.size());
  if (reach(check, largest_sum, largest_magnitude_of(bias)) <= INT32_MAX) return true;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const std::int64_t here = reach(check, sums[i], largest_magnitude_of(bias.subspan(i, 1)));
    if (here <= INT32_MAX) continue;
    return check.place.invalid("the accumulator of channel %" PRId32 " can reach %" PRId64
                               ", must be at most 2147483647",
                               first_row + static_cast<std::int32_t>(i), here);
  }
  return true;
}

bool check_weights(const OperatorCheck& check) {
  const WeightsView& weights = check.op.linear.weights;
  const std::uint64_t row_bytes =
      weight_row_bytes(weights.format, static_cast<std::uint64_t>(weights.row_elements));
  const std::uint8_t* bytes = weights.data.data();
  WeightExtremes extremes = kNoExtremes;
  for (std::int32_t row = 0; row < weights.rows; row += kRowsAtOnce) {
    std::uint32_t sums[kRowsAtOnce];
    const std::int32_t here = std::min(kRowsAtOnce, weights.rows - row);
    const std::int32_t wrong =
        summarize_rows(weights.format, bytes, here, weights.row_elements, sums, &extremes);
    // The rows before a wrong one come first.
    const std::int32_t read = wrong == kAllRowsValid ? here : wrong;
    const View<std::uint32_t> done(sums, static_cast<std::size_t>(read));
    const std::uint32_t largest = largest_of(done);
    extremes.row_sum = std::max(extremes.row_sum, largest);
    if (!check_reach(check, row, done, largest)) return false;
    if (wrong != kAllRowsValid) {
      return check.place.invalid("weights of channel %" PRId32
                                 " hold a value outside %s, or padding that is not 0",
                                 row + wrong, name(weights.format));
    }
    bytes += row_bytes * static_cast<std::uint64_t>(here);
  }
  if (check.context.extremes != nullptr) check.context.extremes[check.index] = extremes;
  return true;
}

}  // namespace

bool check_linear_numbers(const OperatorCheck& check) {
  if (!check_data_size(check)) return false;
  if (check.op.linear.weights.format == WeightFormat::f32) return check_float_constants(check);
  return check_requantization(check) && check_weights(check);
}

}  // namespace bulwark::schema
