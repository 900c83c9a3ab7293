// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv/spread_rows.h"

#include <cstring>

#include "kernels/common/weights.h"

namespace bulwark::kernels::conv {
namespace {

constexpr std::uint64_t kMaxScratch = std::uint64_t{1} << 22;
/// Loads run ahead by up to two quads.
constexpr std::uint64_t kSlack = 128;

std::uint64_t group_tiles(const LinearProblem& p) {
  return (static_cast<std::uint64_t>(p.out_c / p.groups) + 15) / 16;
}

std::uint64_t rows_bytes(const LinearProblem& p, SpreadLayout layout) {
  return static_cast<std::uint64_t>(blocking_of(p, kShape4x16).block_pixels / kShape4x16.pixels) *
             static_cast<std::uint64_t>(spread_tile_bytes(p, layout)) +
         kSlack;
}

/// Where the weights k..k + 3 of a tile's channel lie in a record; k is a multiple of 4.
std::size_t weights_at(SpreadLayout layout, std::size_t k, std::size_t channel) {
  const std::size_t half = k % 8 / 4, vector = channel / 4, lane = channel % 4;
  const std::size_t in_step =
      layout.order == SpreadOrder::depth_first ? half * 4 + vector : vector * 2 + half;
  const std::size_t in_vector = layout.lanes == SpreadLanes::byte_lanes ? lane * 4 : lane * 2;
  return k / 8 * static_cast<std::size_t>(kStepBytes) + in_step * 16 + in_vector;
}

/// `weights` is filled up with zeros to a multiple of 4. Returns their sum.
std::int64_t pack_weights(const std::int8_t* weights, std::size_t depth, SpreadLayout layout,
                          std::size_t channel, std::uint8_t* out) {
  const std::size_t second = layout.lanes == SpreadLanes::byte_lanes ? 2 : 8;
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < depth; k += 4, weights += 4) {
    std::uint8_t* at = out + weights_at(layout, k, channel);
    std::memcpy(at, weights, 2);
    std::memcpy(at + second, weights + 2, 2);
    sum += weights[0] + weights[1] + weights[2] + weights[3];
  }
  return sum;
}

void pack_channel(const LinearProblem& p, const LinearConstants& constants, std::size_t channel,
                  SpreadLayout layout, std::int32_t centre, const std::int8_t* weights, std::uint8_t* record,
                  std::size_t lane) {
  const std::int64_t sum =
      pack_weights(weights, static_cast<std::size_t>(p.depth()), layout, lane, record + kSpreadHeader);
  std::int32_t bias;
  std::memcpy(&bias, reinterpret_cast<const std::uint8_t*>(constants.bias) + 4 * channel, 4);
  bias = static_cast<std::int32_t>(bias + sum * centre * (std::int64_t{1} << p.fraction_bits));
  std::memcpy(record + 4 * lane, &bias, 4);
  std::memcpy(record + kSpreadMultiplier + 4 * lane,
              reinterpret_cast<const std::uint8_t*>(constants.multiplier) + 4 * channel, 4);
  if (p.output == OutputType::s8) {
    record[kSpreadLo + lane] = static_cast<std::uint8_t>(constants.lo[channel]);
    record[kSpreadHi + lane] = static_cast<std::uint8_t>(constants.hi[channel]);
    record[kSpreadClamps] |= constants.lo[channel] != -128 || constants.hi[channel] != 127;
  }
}

}  // namespace

bool spread_fits(const LinearProblem& p, SpreadLayout layout) {
  return rows_fit(p, kShape4x16) && rows_bytes(p, layout) <= kMaxScratch;
}

std::size_t spread_scratch_offset(const LinearProblem& p) {
  return (rows_scratch_size(p, kShape4x16) + 63) / 64 * 64;
}

std::size_t spread_scratch_size(const LinearProblem& p, SpreadLayout layout) {
  return spread_scratch_offset(p) + static_cast<std::size_t>(rows_bytes(p, layout));
}

std::size_t spread_packed_size(const LinearProblem& p, SpreadLayout layout) {
  return saturated_size(group_tiles(p) * static_cast<std::uint64_t>(p.groups) *
                            static_cast<std::uint64_t>(spread_record_bytes(p, layout)) +
                        kSlack);
}

void pack_spread(const LinearProblem& p, const LinearConstants& constants, SpreadLayout layout,
                 std::int32_t centre, std::int16_t* staging, void* packed) {
  const std::size_t depth = static_cast<std::size_t>(p.depth());
  const std::size_t row_bytes = static_cast<std::size_t>(weight_row_bytes(p.weight_format, depth));
  const std::size_t group_channels = static_cast<std::size_t>(p.out_c / p.groups);
  const std::size_t tiles = static_cast<std::size_t>(group_tiles(p));
  const std::size_t record_bytes = static_cast<std::size_t>(spread_record_bytes(p, layout));
  std::memset(packed, 0, spread_packed_size(p, layout));
  for (std::size_t channel = 0; channel < static_cast<std::size_t>(p.out_c); ++channel) {
    const std::size_t in_group = channel % group_channels;
    const std::size_t tile = channel / group_channels * tiles + in_group / 16;
    auto* row = reinterpret_cast<std::int8_t*>(staging);
    unpack_weight_row(p.weight_format, constants.weights + channel * row_bytes, depth, row);
    std::memset(row + depth, 0, 3);  // staging has room for twice as many bytes
    pack_channel(p, constants, channel, layout, centre, row,
                 static_cast<std::uint8_t*>(packed) + tile * record_bytes, in_group % 16);
  }
}

}  // namespace bulwark::kernels::conv
