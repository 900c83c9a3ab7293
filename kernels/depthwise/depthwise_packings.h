// SPDX-License-Identifier: Apache-2.0
// How the kernels of depthwise_kernels.inc pack their constants (depthwise_packing.h), and which problems
// they take: portable code, so that every processor packs for every other one. Its functions are defined in
// depthwise_packings.cpp alone: none is compiled for an instruction set.
#pragma once

#include "kernels/common/linear_registry.h"

namespace bulwark::kernels::depthwise {

/// Orders of the weights in a record of 16 channels. Places that no weight has are 0.
///
/// int8 weights[tap][channel]
struct TapMajor {
  static constexpr std::uint64_t weight_bytes(const LinearProblem& p) {
    return static_cast<std::uint64_t>(p.depth()) * 16;
  }
};
/// Of depthwise_s8_s8_4x4_neon.cpp.
struct PairsOfTaps {
  static constexpr std::size_t kRowWeights = 256;  ///< bytes for an output row
  static constexpr std::uint64_t weight_bytes(const LinearProblem&) { return 2 * kRowWeights; }
};
/// Of depthwise_s8_any_3x3_dotprod.cpp.
struct Columns {
  static constexpr std::uint64_t weight_bytes(const LinearProblem&) { return 3 * 64; }
};
/// Of depthwise_s8_any_4x4_dotprod.cpp.
struct ColumnPairs {
  static constexpr std::uint64_t weight_bytes(const LinearProblem&) { return 2 * 3 * 64; }
};

/// Kernels that make one output row at a time: square ones of kKernel at strides 1 and 2, exact where
/// kProducts products fit 16 bits; or any.
template <std::int32_t kKernel, std::int32_t kProducts>
struct RowPacking {
  static bool supports(const LinearProblem& problem);
  static std::size_t packed_size(const LinearProblem& problem);
  static void pack(const LinearProblem& problem, const LinearConstants& constants, std::int16_t* staging,
                   void* packed);
  static bool matches(const LinearProblem& problem, const LinearConstants& constants, std::int16_t* staging,
                      void* spare, const void* packed);
};
using AnyRowPacking = RowPacking<0, 0>;

/// 3x3 kernels that make kRows_ output rows at a time, exact where kProducts products fit 16 bits.
template <typename Layout_, std::int32_t kStride_, std::int32_t kRows_, std::int32_t kProducts>
struct BandPacking {
  using Layout = Layout_;
  static constexpr std::int32_t kStride = kStride_, kRows = kRows_;
  static bool supports(const LinearProblem& problem);
  static std::size_t packed_size(const LinearProblem& problem);
  static void pack(const LinearProblem& problem, const LinearConstants& constants, std::int16_t* staging,
                   void* packed);
  static bool matches(const LinearProblem& problem, const LinearConstants& constants, std::int16_t* staging,
                      void* spare, const void* packed);
};

}  // namespace bulwark::kernels::depthwise
