// SPDX-License-Identifier: Apache-2.0
// Packed constants of the direct depthwise kernels: one record per block of 16 output channels,
//
//   int32 bias[16], float multiplier[16], int8 lo[16], int8 hi[16], int8 weights[taps][16]
//
// Records of the last block are filled up with channels whose constants are all 0. Output channels are
// handled in chunks of up to kChunk; a work item is one output row of one chunk, rows within a chunk being
// consecutive.
//
// These headers keep everything in an unnamed namespace: a function compiled for one instruction set must
// never stand in for its twin in a file of another.
#pragma once

#include <algorithm>
#include <cstring>

#include "kernels/common/linear_registry.h"
#include "kernels/common/weights.h"

namespace bulwark::kernels::depthwise {
namespace {

inline constexpr std::int32_t kBlock = 16;
inline constexpr std::int32_t kChunk = 64;

/// Byte offsets inside a record.
inline constexpr std::size_t kBias = 0, kMultiplier = 64, kLo = 128, kHi = 144, kWeights = 160;

static inline std::int64_t chunks(const LinearProblem& p) {
  return (std::int64_t{p.out_c} + kChunk - 1) / kChunk;
}

static inline std::int64_t work_items(const LinearProblem& p) { return chunks(p) * p.batch * p.out_h; }

/// The plain order of the weights in a record. A kernel may have its own.
struct TapMajor {
  static std::uint64_t weight_bytes(const LinearProblem& p) {
    return static_cast<std::uint64_t>(p.depth()) * kBlock;
  }
  static std::size_t place(std::size_t tap, std::size_t lane) { return tap * kBlock + lane; }
};

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

template <typename Layout>
static void pack(const LinearProblem& p, const LinearConstants& constants, std::int16_t* staging,
                 void* packed) {
  const std::size_t taps = static_cast<std::size_t>(p.depth());
  const std::size_t row_bytes = static_cast<std::size_t>(weight_row_bytes(p.weight_format, taps));
  std::memset(packed, 0, packed_size<Layout>(p));
  for (std::int32_t c = 0; c < p.out_c; ++c) {
    const std::size_t channel = static_cast<std::size_t>(c), lane = channel % kBlock;
    auto* record = static_cast<std::uint8_t*>(packed) + channel / kBlock * record_size<Layout>(p);
    std::memcpy(record + kBias + 4 * lane, constants.bias + channel, 4);
    std::memcpy(record + kMultiplier + 4 * lane, constants.multiplier + channel, 4);
    if (p.output == OutputType::s8) {
      std::memcpy(record + kLo + lane, constants.lo + channel, 1);
      std::memcpy(record + kHi + lane, constants.hi + channel, 1);
    }
    unpack_weight_row(p.weight_format, constants.weights + channel * row_bytes, taps, staging);
    for (std::size_t t = 0; t < taps; ++t) {
      record[kWeights + Layout::place(t, lane)] = static_cast<std::uint8_t>(staging[t]);
    }
  }
}

}  // namespace
}  // namespace bulwark::kernels::depthwise
