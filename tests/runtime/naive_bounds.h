// SPDX-License-Identifier: Apache-2.0
// Interval bounds of a network by schema/NUMERICS.md, "Certificate", in 64-bit integers, sharing no code with
// kernels and runtime; and the same with one mistake, to show that the tests would see it.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/runtime/naive.h"

namespace bulwark::test {

enum class Mutant {
  none,
  wrapping_requantization,  ///< the output keeps its low 6 bits instead of being clamped
  halved_radius,
  wrong_sign,               ///< lower ends meet positive weights in the upper bound
  asymmetric_padding,       ///< bounds are computed for a window that is one to the right
  table_taken_as_monotone,  ///< only the ends of an interval are looked up
  first_end_only,           ///< the sum of an addition forgets the second operand's interval
};

struct NaiveBounds {
  std::vector<std::vector<std::int64_t>> lo, hi;  ///< per tensor and element; empty where there are none
};

/// `box` is the integer tensor around which the box lies, with its elements' ends. Operators in front of it
/// are left out.
NaiveBounds bound_naively(const ModelSpec& spec, std::int32_t box, const std::vector<std::int64_t>& lo,
                          const std::vector<std::int64_t>& hi, Mutant mutant = Mutant::none);

}  // namespace bulwark::test
