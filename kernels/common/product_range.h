// SPDX-License-Identifier: Apache-2.0
// How many products may be summed in a 16-bit lane before it has to be widened.
#pragma once

#include <algorithm>

#include "kernels/common/linear.h"

namespace bulwark::kernels {

/// The largest n such that every sum of at most n products w * x fits int16, for x in [in_lo, in_hi] and w in
/// [weight_lo, weight_hi], each range widened to contain 0 (rows are padded with zeros). At least 1 for 8-bit
/// operands; 0 where one product does not fit (9-bit weights); 1 << 20 where all products are 0.
static inline std::int32_t products_in_int16(std::int32_t in_lo, std::int32_t in_hi, std::int32_t weight_lo,
                                             std::int32_t weight_hi) {
  const std::int32_t x0 = std::min(in_lo, 0), x1 = std::max(in_hi, 0);
  const std::int32_t w0 = std::min(weight_lo, 0), w1 = std::max(weight_hi, 0);
  const std::int32_t largest = std::max(x0 * w0, x1 * w1);
  const std::int32_t smallest = std::min(x0 * w1, x1 * w0);
  std::int32_t n = 1 << 20;
  if (largest > 0) n = std::min(n, 32767 / largest);
  if (smallest < 0) n = std::min(n, 32768 / -smallest);
  return n;
}

static inline std::int32_t products_in_int16(const LinearProblem& p) {
  return products_in_int16(p.in_lo, p.in_hi, p.weight_lo, p.weight_hi);
}

}  // namespace bulwark::kernels
