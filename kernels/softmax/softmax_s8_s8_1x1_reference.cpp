// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "kernels/common/elementwise.h"

namespace bulwark::kernels {
namespace {

void softmax_row(const SoftmaxCall& call, const std::int8_t* input, std::int8_t* output) {
  std::int32_t largest = input[0];
  for (std::int64_t i = 1; i < call.depth; ++i) largest = std::max<std::int32_t>(largest, input[i]);
  std::uint64_t sum = 0;
  for (std::int64_t i = 0; i < call.depth; ++i) sum += call.table[largest - input[i]];
  const std::uint64_t divisor = sum << 16;
  for (std::int64_t i = 0; i < call.depth; ++i) {
    const std::uint64_t e = call.table[largest - input[i]];
    const std::uint64_t quotient = (2 * e * call.numerator + divisor) / (2 * divisor);
    const std::int32_t y = static_cast<std::int32_t>(quotient) + call.zero_point;
    output[i] = static_cast<std::int8_t>(std::min(std::max(y, call.lo), call.hi));
  }
}

}  // namespace

void softmax_s8_s8_1x1_reference(const SoftmaxCall& call) {
  for (std::int64_t row = 0; row < call.rows; ++row) {
    softmax_row(call, call.input + row * call.depth, call.output + row * call.depth);
  }
}

}  // namespace bulwark::kernels
