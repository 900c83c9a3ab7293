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
// These headers keep everything in an unnamed namespace: a function compiled for one instruction set must
// never stand in for its twin in a file of another.
#pragma once

#include <algorithm>
#include <cstring>

#include "kernels/common/bounded_sums.h"
#include "kernels/common/linear_registry.h"
#include "kernels/common/weights.h"

namespace bulwark::kernels::depthwise {
namespace {

inline constexpr std::int32_t kBlock = 16;
inline constexpr std::int32_t kChunk = 64;

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

/// The plain order of the weights in a record. A kernel may have its own.
struct TapMajor {
  static std::uint64_t weight_bytes(const LinearProblem& p) {
    return static_cast<std::uint64_t>(p.depth()) * kBlock;
  }
  static void put(std::uint8_t* weights, std::size_t tap, std::size_t lane, std::uint8_t weight) {
    weights[tap * kBlock + lane] = weight;
  }
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

/// Whether a channel with these constants keeps to kBounded, where v / 2^fraction_bits takes the place of v
/// as a sum. Narrows the weights to bytes in their place.
static bool is_bounded(const LinearProblem& p, std::int16_t* weights, std::size_t taps, std::int32_t bias,
                       float multiplier) {
  if (!weights_fit(p)) return false;
  auto* bytes = reinterpret_cast<std::int8_t*>(weights);
  for (std::size_t t = 0; t < taps; ++t) bytes[t] = static_cast<std::int8_t>(weights[t]);
  const std::int64_t largest = largest_sum(p, bytes, bias);
  return (largest >> p.fraction_bits) < kMostBounded && rounds_to_int16(largest, multiplier) &&
         multiplier < 1e30f;
}

/// A layout of kernels of one size names its kTaps: then every place is known when this is compiled.
template <typename Layout>
static void put_channel(std::uint8_t* record, const std::int16_t* weights, std::size_t taps,
                        std::size_t lane) {
  if constexpr (requires { Layout::kTaps; }) {
#pragma GCC unroll 9
    for (std::size_t t = 0; t < Layout::kTaps; ++t) {
      Layout::put(record, t, lane, static_cast<std::uint8_t>(weights[t]));
    }
  } else {
    for (std::size_t t = 0; t < taps; ++t)
      Layout::put(record, t, lane, static_cast<std::uint8_t>(weights[t]));
  }
}

template <typename Layout>
static void pack(const LinearProblem& p, const LinearConstants& constants, std::int16_t* staging,
                 void* packed) {
  const std::size_t taps = static_cast<std::size_t>(p.depth());
  const std::size_t row_bytes = static_cast<std::size_t>(weight_row_bytes(p.weight_format, taps));
  std::memset(packed, 0, packed_size<Layout>(p));
  for (std::int32_t c = 0; c < p.out_c; ++c) {
    const std::size_t channel = static_cast<std::size_t>(c), lane = channel % kBlock;
    auto* record = static_cast<std::uint8_t*>(packed) + channel / kBlock * record_size<Layout>(p);
    std::int32_t bias;
    float multiplier;
    std::memcpy(&bias, constants.bias + channel, 4);
    std::memcpy(&multiplier, constants.multiplier + channel, 4);
    std::memcpy(record + kBias + 4 * lane, &bias, 4);
    std::memcpy(record + kMultiplier + 4 * lane, &multiplier, 4);
    unpack_weight_row(p.weight_format, constants.weights + channel * row_bytes, taps, staging);
    put_channel<Layout>(record + kWeights, staging, taps, lane);
    if (p.output != OutputType::s8) continue;
    std::memcpy(record + kLo + lane, constants.lo + channel, 1);
    std::memcpy(record + kHi + lane, constants.hi + channel, 1);
    if (lane == 0) record[kPromises] = kBounded | kWholeRange;
    const auto lo = static_cast<std::int8_t>(record[kLo + lane]),
               hi = static_cast<std::int8_t>(record[kHi + lane]);
    if (lo != -128 || hi != 127) record[kPromises] &= static_cast<std::uint8_t>(~kWholeRange);
    if (!is_bounded(p, staging, taps, bias, multiplier)) {
      record[kPromises] &= static_cast<std::uint8_t>(~kBounded);
    }
  }
}

}  // namespace
}  // namespace bulwark::kernels::depthwise
