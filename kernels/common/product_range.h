// SPDX-License-Identifier: Apache-2.0
// How many products may be summed in a 16-bit lane before it has to be widened.
#pragma once

#include <algorithm>

#include "kernels/common/linear.h"

namespace bulwark::kernels {

/// The largest n such that every sum of at most n products w * x stays in [-limit - 1, limit], for x in
/// [in_lo, in_hi] and w in [weight_lo, weight_hi], each range widened to contain 0 (rows are padded with
/// zeros). 0 where one product does not fit; 1 << 20 where all products are 0.
static inline std::int32_t products_within(std::int32_t limit, std::int32_t in_lo, std::int32_t in_hi,
                                           std::int32_t weight_lo, std::int32_t weight_hi) {
  const std::int32_t x0 = std::min(in_lo, 0), x1 = std::max(in_hi, 0);
  const std::int32_t w0 = std::min(weight_lo, 0), w1 = std::max(weight_hi, 0);
  const std::int32_t largest = std::max(x0 * w0, x1 * w1);
  const std::int32_t smallest = std::min(x0 * w1, x1 * w0);
  std::int32_t n = 1 << 20;
  if (largest > 0) n = std::min(n, limit / largest);
  if (smallest < 0) n = std::min(n, (limit + 1) / -smallest);
  return n;
}

/// In a signed 16-bit lane: at least 1 for 8-bit operands, 0 for 9-bit weights.
static inline std::int32_t products_in_int16(std::int32_t in_lo, std::int32_t in_hi, std::int32_t weight_lo,
                                             std::int32_t weight_hi) {
  return products_within(32767, in_lo, in_hi, weight_lo, weight_hi);
}

static inline std::int32_t products_in_int16(const LinearProblem& p) {
  return products_in_int16(p.in_lo, p.in_hi, p.weight_lo, p.weight_hi);
}

/// The same of inputs less `centre`.
static inline std::int32_t products_in_int16(const LinearProblem& p, std::int32_t centre) {
  return products_in_int16(p.in_lo - centre, p.in_hi - centre, p.weight_lo, p.weight_hi);
}

/// Inputs re-centred by a constant, w * x = w * (x - centre) + w * centre, so that more products fit a narrow
/// lane: the last term goes into the bias.
struct CentredProducts {
  std::int32_t centre;  ///< within [in_lo, in_hi], so no sum over taps of w * centre leaves int32; x - centre
                        ///< fits int8
  std::int32_t products;  ///< of w * (x - centre) whose sum fits the lane
};

/// The better one of the two middles of the input's range: of 16 levels, -7..8 and weights of -8..7 fit two
/// products in 8 bits, -8..7 only one.
static inline CentredProducts centred_products(const LinearProblem& p, std::int32_t limit) {
  const std::int32_t low = p.in_lo + (p.in_hi - p.in_lo) / 2, high = p.in_lo + (p.in_hi - p.in_lo + 1) / 2;
  const auto at = [&](std::int32_t centre) {
    return CentredProducts{
        centre, products_within(limit, p.in_lo - centre, p.in_hi - centre, p.weight_lo, p.weight_hi)};
  };
  const CentredProducts a = at(low), b = at(high);
  return a.products > b.products && p.in_hi - low <= 127 ? a : b;
}

}  // namespace bulwark::kernels
