// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "kernels/common/elementwise.h"

namespace bulwark::kernels {
namespace {

constexpr int kFractionBits = 16;  // of the logarithm
constexpr int kTableBits = 20;     // table[0] is 2^20

/// 2^16 * log2(sum / 2^20), rounded down as 16 squarings do; sum >= 2^20.
std::int64_t logarithm(std::uint64_t sum) {
  const int whole = std::bit_width(sum) - 1;
  // The mantissa in [1, 2), with 31 fraction bits.
  std::uint64_t m = whole <= 31 ? sum << (31 - whole) : sum >> (whole - 31);
  std::int64_t l = whole - kTableBits;
  for (int i = 0; i < kFractionBits; ++i) {
    m = m * m >> 31;
    const std::uint64_t bit = m >> 32;
    m >>= bit;
    l = 2 * l + static_cast<std::int64_t>(bit);
  }
  return l;
}

void log_softmax_row(const LogSoftmaxCall& call, const std::int8_t* input, std::int8_t* output) {
  const std::int32_t largest = *std::max_element(input, input + call.depth);
  std::uint64_t sum = 0;
  for (std::int64_t i = 0; i < call.depth; ++i) sum += call.table[largest - input[i]];
  const std::int64_t shared =
      (std::int64_t{1} << (call.shift - 1)) - logarithm(sum) * std::int64_t{call.multiplier_log};
  for (std::int64_t i = 0; i < call.depth; ++i) {
    const std::int64_t v = shared - std::int64_t{call.multiplier_x} * (largest - input[i]);
    const std::int64_t y = (v >> call.shift) + call.zero_point;
    output[i] = static_cast<std::int8_t>(std::min<std::int64_t>(std::max<std::int64_t>(y, call.lo), call.hi));
  }
}

}  // namespace

void log_softmax_s8_s8_1x1_reference(const LogSoftmaxCall& call) {
  for (std::int64_t row = 0; row < call.rows; ++row) {
    log_softmax_row(call, call.input + row * call.depth, call.output + row * call.depth);
  }
}

}  // namespace bulwark::kernels
