// SPDX-License-Identifier: Apache-2.0
// Packed constants of the direct depthwise kernels: one record per block of 16 output channels,
//
//   int32 bias[16], float multiplier[16], int8 lo[16], int8 hi[16], uint8 promises, 15 bytes of 0,
//   int32 or float low[16], int8 weights[taps][16]
//
// `promises` says what the constants prove about all channels of the block, `low` belongs to
// kernels/depthwise/output_2x16_neon.h. Records of the last block are
// filled up with channels whose constants are all 0. Output channels are handled in chunks of up to kChunk; a
// work item is one output row of one chunk, rows within a chunk being consecutive.
//
// The orders of weights are in depthwise_packings.h.
//
// These headers keep everything in an unnamed namespace: a function compiled for one instruction set must
// never stand in for its twin in a file of another.
#pragma once

#include <algorithm>
#include <cstring>

#include "kernels/common/bounded_sums.h"
#include "kernels/common/linear_registry.h"
#include "kernels/common/weights.h"
#include "kernels/depthwise/depthwise_packings.h"

namespace bulwark::kernels::depthwise {
namespace {

inline constexpr std::int32_t kBlock = 16;
inline constexpr std::int32_t kChunk = 64;
inline constexpr std::int32_t kMaxKernelRows = 16;  ///< of kernels that make a row at a time

/// Byte offsets inside a record.
inline constexpr std::size_t kBias = 0, kMultiplier = 64, kLo = 128, kHi = 144, kPromises = 160, kLow = 176,
                             kWeights = 240;

/// kernels/common/bounded_sums.h
inline constexpr std::uint8_t kBounded = 1;
/// Every channel is clamped to int8 alone.
inline constexpr std::uint8_t kWholeRange = 2;

static inline std::int64_t chunks(const LinearProblem& p) {
  return (std::int64_t{p.out_c} + kChunk - 1) / kChunk;
}

static inline std::int64_t work_items(const LinearProblem& p) { return chunks(p) * p.batch * p.out_h; }

template <typename Layout>
static std::size_t record_size(const LinearProblem& p) {
  return kWeights + static_cast<std::size_t>(Layout::weight_bytes(p));
}

template <typename Layout>
static std::size_t packed_size(const LinearProblem& p) {
  const std::uint64_t blocks = (static_cast<std::uint64_t>(p.out_c) + kBlock - 1) / kBlock;
  return saturated_size(blocks * (kWeights + Layout::weight_bytes(p)));
}

/// Whether the true weights fit the packed bytes, whatever their format.
static inline bool weights_fit(const LinearProblem& p) { return p.weight_lo >= -128 && p.weight_hi <= 127; }

}  // namespace
}  // namespace bulwark::kernels::depthwise
