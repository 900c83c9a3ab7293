// SPDX-License-Identifier: Apache-2.0
// Packed weights of the fully connected kernels: panels of 8 output channels, each
//
//   int32 bias[8], float multiplier[8], int8 lo[8], int8 hi[8], 48 bytes unused,
//   for each group of inputs: 16 bytes of each of the 8 channels
//
// The 16 bytes hold 16 8-bit weights, or 32 4-bit or 64 2-bit codes; bits j * kBits .. of byte i belong to
// input 16 * j + i of the group. A code is weight - code_offset(problem), never negative, so unpacking is a
// shift and a mask; the offset times the sum of the inputs is added to the accumulator. Weights stay packed
// in memory: with one row of inputs each is used once, and bytes moved decide the speed. Groups are filled up
// with zeros.
//
// Rows of inputs are handled in tiles of up to kTileRows; a work item is one panel of one tile, panels within
// a tile being consecutive.
//
// These headers keep everything in an unnamed namespace: a function compiled for one instruction set must
// never stand in for its twin in a file of another.
#pragma once

#include <algorithm>
#include <cstring>

#include "kernels/common/linear_registry.h"

namespace bulwark::kernels::fully_connected {
namespace {

inline constexpr std::int32_t kPanel = 8;
inline constexpr std::int32_t kTileRows = 4;
inline constexpr std::size_t kGroupBytes = 16 * kPanel;

/// Byte offsets inside a panel.
inline constexpr std::size_t kBias = 0, kMultiplier = 32, kLo = 64, kHi = 72, kWeights = 128;

static inline std::int64_t panels(const LinearProblem& p) {
  return (std::int64_t{p.out_c} + kPanel - 1) / kPanel;
}
static inline std::int64_t tiles(const LinearProblem& p) {
  return (std::int64_t{p.batch} + kTileRows - 1) / kTileRows;
}

template <int kBits>
std::int32_t code_offset(const LinearProblem& p) {
  return kBits == 8 ? 0 : std::min(p.weight_lo, 0);
}

/// Inputs of a group.
template <int kBits>
inline constexpr std::int32_t kGroup = 16 * (8 / kBits);

template <int kBits>
std::int64_t groups(const LinearProblem& p) {
  return (p.depth() + kGroup<kBits> - 1) / kGroup<kBits>;
}

template <int kBits>
std::size_t panel_size(const LinearProblem& p) {
  return kWeights + static_cast<std::size_t>(groups<kBits>(p)) * kGroupBytes;
}

static inline std::size_t padded_depth(const LinearProblem& p) {
  return static_cast<std::size_t>(staging_elements(p));
}

/// A tile's inputs in scratch, each row filled up with zeros to padded_depth(), and the sum of each row.
struct StagedRows {
  const std::int8_t* rows;
  std::size_t stride;
  std::int32_t sums[kTileRows];
};

static inline std::size_t scratch_size(const LinearProblem& p) {
  return saturated_size(static_cast<std::uint64_t>(std::min(p.batch, kTileRows)) *
                        static_cast<std::uint64_t>(staging_elements(p)));
}

static inline StagedRows stage_rows(const LinearCall& call, std::int64_t first_row, std::int32_t count) {
  const std::size_t depth = static_cast<std::size_t>(call.problem->depth());
  const std::size_t stride = padded_depth(*call.problem);
  auto* scratch = static_cast<std::int8_t*>(call.scratch);
  StagedRows staged{scratch, stride, {}};
  for (std::int32_t r = 0; r < count; ++r) {
    std::int8_t* row = scratch + static_cast<std::size_t>(r) * stride;
    const std::int8_t* input = call.input + static_cast<std::size_t>(first_row + r) * depth;
    std::memcpy(row, input, depth);
    std::memset(row + depth, 0, stride - depth);
    std::int32_t sum = 0;
    for (std::size_t k = 0; k < stride; ++k) sum += row[k];
    staged.sums[r] = sum;
  }
  return staged;
}

}  // namespace
}  // namespace bulwark::kernels::fully_connected
