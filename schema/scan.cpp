// SPDX-License-Identifier: Apache-2.0
#include "schema/scan.h"

#include <algorithm>
#include <bit>

namespace bulwark::schema {

bool is_positive_normal(float value) {
  return std::bit_cast<std::uint32_t>(value) - 0x00800000u < 0x7f000000u;
}

bool all_positive_normal(View<float> values) {
  std::uint32_t largest = 0;
  for (const float value : values)
    largest = std::max(largest, std::bit_cast<std::uint32_t>(value) - 0x00800000u);
  return largest < 0x7f000000u;
}

bool all_clamps_in_order(View<std::int8_t> lo, View<std::int8_t> hi, std::int32_t min, std::int32_t max) {
  std::int8_t least = INT8_MAX, largest = INT8_MIN;
  std::uint8_t crossed = 0;
  for (std::size_t i = 0; i < lo.size(); ++i) {
    least = std::min(least, lo[i]);
    largest = std::max(largest, hi[i]);
    crossed |= static_cast<std::uint8_t>(lo[i] > hi[i] ? 1 : 0);
  }
  return lo.empty() || (crossed == 0 && least >= min && largest <= max);
}

std::uint32_t largest_of(View<std::uint32_t> values) {
  std::uint32_t largest = 0;
  for (const std::uint32_t value : values) largest = std::max(largest, value);
  return largest;
}

std::uint32_t largest_magnitude_of(View<std::int32_t> values) {
  std::uint32_t largest = 0;
  for (const std::int32_t value : values) {
    const auto bits = static_cast<std::uint32_t>(value);
    largest = std::max(largest, value < 0 ? 0u - bits : bits);
  }
  return largest;
}

}  // namespace bulwark::schema
