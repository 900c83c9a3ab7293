// SPDX-License-Identifier: Apache-2.0
// The kernels of spread_rows.h: how each lays out its weights, re-centres its inputs, and where its
// arithmetic is exact and quicker than the next kernel's; suits() on which cores, if not on all that the
// registry line names.
#pragma once

#include "kernels/conv/spread_rows.h"

namespace bulwark::kernels::conv {

/// Weights of 2 bits and inputs of 4: products add up in 8-bit lanes.
struct ByteChains {
  static constexpr SpreadLayout kLayout{SpreadLanes::byte_lanes, SpreadOrder::depth_first, 2, true};
  static constexpr bool kNineBits = false;
  static std::int32_t centre(const LinearProblem& problem);
  static bool exact(const LinearProblem& problem);
};

/// The same operands, from tables: see lookup_tables.h.
struct PairLookups {
  static constexpr SpreadLayout kLayout{SpreadLanes::table_lanes, SpreadOrder::depth_first, 2, true};
  static constexpr bool kNineBits = false;
  static std::int32_t centre(const LinearProblem& problem);
  static bool exact(const LinearProblem& problem);
  static bool suits(const LinearProblem& problem, CoreClass core);
};

/// Weights and inputs of 4 bits: two products fit an 8-bit lane.
struct BytePairs {
  static constexpr SpreadLayout kLayout{SpreadLanes::byte_lanes, SpreadOrder::halves, 2, true};
  static constexpr bool kNineBits = false;
  static std::int32_t centre(const LinearProblem& problem);
  static bool exact(const LinearProblem& problem);
  static bool suits(const LinearProblem& problem, CoreClass core);
};

/// Weights of 4 bits: products add up in 16-bit lanes.
struct WordChains {
  static constexpr SpreadLayout kLayout{SpreadLanes::half_lanes, SpreadOrder::depth_first, 2};
  static constexpr bool kNineBits = false;
  static std::int32_t centre(const LinearProblem& problem);
  static bool exact(const LinearProblem& problem);
};

/// Weights of 8 bits of which two products fit a 16-bit lane.
struct WordPairs {
  static constexpr SpreadLayout kLayout{SpreadLanes::half_lanes, SpreadOrder::depth_first, 1};
  static constexpr bool kNineBits = false;
  static std::int32_t centre(const LinearProblem&) { return 0; }
  static bool exact(const LinearProblem& problem);
};

/// Any weights of 8 bits, and of 9 bits (uint8 weights less their zero point) that 256 neighbouring values
/// hold.
struct WordProducts {
  static constexpr SpreadLayout kLayout = WordPairs::kLayout;
  static constexpr bool kNineBits = true;
  static std::int32_t centre(const LinearProblem&) { return 0; }
  static bool exact(const LinearProblem& problem);
};

}  // namespace bulwark::kernels::conv
