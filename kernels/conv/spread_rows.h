// SPDX-License-Identifier: Apache-2.0
// Tiles of 4 pixels times 16 channels for narrow operands on AArch64 without dot product.
//
// Every lane of a multiplication belongs to one of 4 channels, so the sums of a tile end as vectors of 4
// neighbouring channels and hardly any adding up of lanes is left. For that each 4 inputs of a pixel are
// repeated across a vector, once for all channels, in the thread's scratch:
//
//   for each 4 of depth (a quad), for each of the 4 pixels: 16 bytes
//     byte_lanes     x0 x1 x2 x3, four times           channel = lane / 4
//     half_lanes     x0 x1, four times, x2 x3, four times   channel = lane % 8 / 2
//     table_lanes    no inputs: the addresses of the tables of x0 x1 and of x2 x3 (lookup_tables.h)
//
// with x - centre in place of x. Packed constants are one record for each 16 channels of a group:
//
//   int32 bias[16] + sum of w * centre, float multiplier[16], int8 lo[16], int8 hi[16],
//   uint8 clamps (whether any of the clamps is not the whole range of int8), uint8 bounded (below), uint8
//   narrow (below), 29 bytes unused, float low[16], for each quad 64 bytes of weights (32 with table_lanes:
//   for each pair of inputs a place in its table for each channel), filled up with zeros
//
// then kSpreadSlack bytes that may be read but not used. Where all sums of a record are bounded
// (split_fraction() of bounded_sums.h) biases and multipliers are in units of the sum, biases contain
// kSumOffset and `low` is what is left of them. Records whose requantization fits 16 bits
// (narrow_requantize.h) hold its numbers in place of biases, multipliers and `low`:
//
//   int16 start and 0 (table_lanes: the starts, and then the zeros), 16 times, int16 multiplier[16], int16
//   offset[16]; behind the unused bytes int16 shift, 8 times, int8 -down, 16 times, int8 base, 16 times, 16
//   bytes unused
#pragma once

#include "kernels/common/linear_registry.h"
#include "kernels/conv/conv_blocks.h"

namespace bulwark::kernels::conv {

enum class SpreadLanes : std::uint8_t { byte_lanes, half_lanes, table_lanes };
/// In which order the 8 vectors of a step's weights lie: by half of the depth; or those of the first 8
/// channels in that order, and the others behind all of theirs.
enum class SpreadOrder : std::uint8_t { depth_first, halves };

struct SpreadLayout {
  SpreadLanes lanes;
  SpreadOrder order;
  std::int32_t step_quads;  ///< quads are filled up with zeros to a multiple of this: 1 or 2
  bool narrow = false;      ///< whether the kernel requantizes sums of 16 bits
};

inline constexpr TileShape kShape4x16{4, 16, 4};
inline constexpr std::size_t kSpreadHeader = 256, kSpreadMultiplier = 64, kSpreadLo = 128, kSpreadHi = 144,
                             kSpreadClamps = 160, kSpreadBounded = 161, kSpreadNarrow = 162, kSpreadLow = 192,
                             kSpreadOffset = 96, kSpreadShift = 192, kSpreadDown = 208, kSpreadBase = 224;
/// Of a quad: the inputs of 4 pixels, or the weights of 16 channels, places in tables of those.
inline constexpr std::int64_t kQuadBytes = 64, kQuadPlaces = 32;
/// Loads run ahead by up to two quads.
inline constexpr std::size_t kSpreadSlack = 128;

constexpr std::int64_t spread_quads(const LinearProblem& p, SpreadLayout layout) {
  const std::int64_t inputs = 4 * layout.step_quads;
  return (p.depth() + inputs - 1) / inputs * layout.step_quads;
}
/// Steps of 8 of depth, for the layouts of that step.
constexpr std::int64_t spread_steps(const LinearProblem& p) { return (p.depth() + 7) / 8; }
inline constexpr std::int64_t kStepBytes = 2 * kQuadBytes;

/// What weights of 9 bits are packed less of, so that they fit 8; the pixels' sums make up for it. 0 for
/// other formats.
constexpr std::int32_t spread_shift(const LinearProblem& p) {
  if (p.weight_format != WeightFormat::s9) return 0;
  return p.weight_hi > 127 ? p.weight_hi - 127 : (p.weight_lo < -128 ? p.weight_lo + 128 : 0);
}

constexpr std::int64_t spread_record_bytes(const LinearProblem& p, SpreadLayout layout) {
  const std::int64_t quad = layout.lanes == SpreadLanes::table_lanes ? kQuadPlaces : kQuadBytes;
  return static_cast<std::int64_t>(kSpreadHeader) + spread_quads(p, layout) * quad;
}
/// Bytes of the spread rows of one tile of pixels.
constexpr std::int64_t spread_tile_bytes(const LinearProblem& p, SpreadLayout layout) {
  return spread_quads(p, layout) * kQuadBytes;
}

/// Whether the channels of a group fill tiles of 16 well enough: at most `percent` of them with the missing
/// ones. Where they do not, tiles of 4 channels are quicker.
constexpr bool spread_pays(const LinearProblem& p, std::int64_t percent) {
  const std::int64_t channels = p.out_c / p.groups;
  return (channels + 15) / 16 * 16 * 100 <= channels * percent;
}

bool spread_fits(const LinearProblem& problem, SpreadLayout layout);
std::size_t spread_scratch_size(const LinearProblem& problem, SpreadLayout layout);
/// Where the spread rows begin in the thread's scratch, behind those of make_rows(), and where the int32 sums
/// of the pixels' inputs do.
std::size_t spread_scratch_offset(const LinearProblem& problem);
std::size_t spread_sums_offset(const LinearProblem& problem, SpreadLayout layout);

std::size_t spread_packed_size(const LinearProblem& problem, SpreadLayout layout);
void pack_spread(const LinearProblem& problem, const LinearConstants& constants, SpreadLayout layout,
                 std::int32_t centre, std::int16_t* staging, void* packed);
/// LinearPacking::matches
bool spread_matches(const LinearProblem& problem, const LinearConstants& constants, SpreadLayout layout,
                    std::int32_t centre, std::int16_t* staging, void* spare, const void* packed);

}  // namespace bulwark::kernels::conv
