// SPDX-License-Identifier: Apache-2.0
// Packed constants of the kernels with dot product instructions: 64 bytes whose first four are the layer's
// DotMode, then one record per tile of 16 channels of a group, or of 8 where its last tile has no more:
//
//   int32 start[channels * copies], float multiplier[channels * copies]
//                                  in the order of the sums' lanes: one copy, channels in order; two copies,
//                                  each pair of channels twice
//   int8 lo[16], hi[16]            of 8 channels twice
//   int8 weights[depth / unit][channels][unit]      depth rounded up to the unit with zeros
//
// Channels behind a group's last one have constants of 0.
#pragma once

#include "kernels/common/linear.h"

namespace bulwark::kernels::conv {

struct DotLayout {
  std::int32_t unit;    ///< weights of a channel that an instruction takes: 4 or 8
  std::int32_t copies;  ///< of a channel in a sum's lanes: 1 or 2
};

/// What the output stage may rely on, for all channels.
enum class DotMode : std::int32_t {
  special,  ///< nothing; start is the bias. Also of a tile that has another number of channels
  sums,     ///< float outputs, which are the sums: no fraction bits, multipliers of 1. Start is the bias
  rounded,  ///< 8-bit outputs; rounds_to_int16(). Start is the bias
  bounded,  ///< moreover no fraction bits and |v| <= kMostBounded; start is the bias + kSumOffset
  plain     ///< moreover the zero point is even and no channel's lo and hi clamp
};

constexpr std::int64_t dot_header_bytes(DotLayout layout, std::int32_t channels) {
  return std::int64_t{8} * channels * layout.copies + 32;
}
constexpr std::int64_t dot_record_bytes(const LinearProblem& p, DotLayout layout, std::int32_t channels) {
  const std::int64_t depth = (p.depth() + layout.unit - 1) / layout.unit * layout.unit;
  return dot_header_bytes(layout, channels) + depth * channels;
}
/// Channels of a group's tile: 16, or 8 where no more are left.
constexpr std::int32_t dot_tile_channels(const LinearProblem& p, std::int32_t tile) {
  return p.out_c / p.groups - 16 * tile > 8 ? 16 : 8;
}
constexpr std::int64_t dot_group_bytes(const LinearProblem& p, DotLayout layout) {
  const std::int32_t last = (p.out_c / p.groups + 15) / 16 - 1;
  return last * dot_record_bytes(p, layout, 16) + dot_record_bytes(p, layout, dot_tile_channels(p, last));
}

inline constexpr std::int64_t kDotRecords = 64;
constexpr std::uint64_t dot_packed_bytes(const LinearProblem& p, DotLayout layout) {
  return static_cast<std::uint64_t>(kDotRecords) +
         static_cast<std::uint64_t>(p.groups) * static_cast<std::uint64_t>(dot_group_bytes(p, layout));
}

/// Weight formats other than s9.
void pack_dot(const LinearProblem& problem, const LinearConstants& constants, DotLayout layout,
              std::int16_t* staging, void* packed);
/// LinearPacking::matches
bool dot_matches(const LinearProblem& problem, const LinearConstants& constants, DotLayout layout,
                 std::int16_t* staging, void* spare, const void* packed);

}  // namespace bulwark::kernels::conv
