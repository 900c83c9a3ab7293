// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv/tile_packing.h"

#include <cstring>

#include "kernels/common/weights.h"

namespace bulwark::kernels::conv {
namespace {

constexpr std::uint64_t kSlack = 64;

std::uint64_t group_tiles(const LinearProblem& p, PackShape shape) {
  const std::uint64_t channels = static_cast<std::uint64_t>(p.out_c / p.groups);
  return (channels + static_cast<std::uint64_t>(shape.channels) - 1) /
         static_cast<std::uint64_t>(shape.channels);
}

/// Units of a row, `step` bytes apart; the last one may be shorter.
void place_units(const std::uint8_t* weights, std::size_t depth, std::uint8_t* out, std::size_t step) {
  std::size_t k = 0;
  for (; k + kPackUnit <= depth; k += kPackUnit, out += step) std::memcpy(out, weights + k, kPackUnit);
  std::memcpy(out, weights + k, depth - k);
}

void pack_channel(const LinearProblem& p, const LinearConstants& constants, std::size_t channel,
                  PackShape shape, const std::uint8_t* weights, std::uint8_t* record, std::size_t lane) {
  const std::size_t lanes = static_cast<std::size_t>(shape.channels);
  std::memcpy(record + 4 * lane, reinterpret_cast<const std::uint8_t*>(constants.bias) + 4 * channel, 4);
  std::memcpy(record + 4 * (lanes + lane),
              reinterpret_cast<const std::uint8_t*>(constants.multiplier) + 4 * channel, 4);
  if (p.output == OutputType::s8) {
    for (std::size_t i = lane; i < 16; i += lanes) {
      record[8 * lanes + i] = static_cast<std::uint8_t>(constants.lo[channel]);
      record[8 * lanes + 16 + i] = static_cast<std::uint8_t>(constants.hi[channel]);
    }
  }
  place_units(weights, static_cast<std::size_t>(p.depth()), record + header_size(shape) + lane * kPackUnit,
              lanes * kPackUnit);
}

}  // namespace

std::uint64_t record_size(const LinearProblem& p, PackShape shape) {
  const std::uint64_t depth = (static_cast<std::uint64_t>(p.depth()) + kPackUnit - 1) / kPackUnit * kPackUnit;
  return header_size(shape) + depth * static_cast<std::uint64_t>(shape.channels);
}

std::uint64_t tiles_size(const LinearProblem& p, PackShape shape) {
  return record_size(p, shape) * group_tiles(p, shape) * static_cast<std::uint64_t>(p.groups) + kSlack;
}

void pack_tiles(const LinearProblem& p, const LinearConstants& constants, PackShape shape,
                std::int16_t* staging, void* packed) {
  const std::size_t depth = static_cast<std::size_t>(p.depth());
  const std::size_t row_bytes = static_cast<std::size_t>(weight_row_bytes(p.weight_format, depth));
  const std::size_t group_channels = static_cast<std::size_t>(p.out_c / p.groups);
  const std::size_t lanes = static_cast<std::size_t>(shape.channels);
  const std::size_t tiles = static_cast<std::size_t>(group_tiles(p, shape));
  const std::size_t record_bytes = static_cast<std::size_t>(record_size(p, shape));
  std::memset(packed, 0, static_cast<std::size_t>(tiles_size(p, shape)));
  for (std::size_t channel = 0; channel < static_cast<std::size_t>(p.out_c); ++channel) {
    const std::size_t in_group = channel % group_channels;
    const std::size_t tile = channel / group_channels * tiles + in_group / lanes;
    const std::uint8_t* row = constants.weights + channel * row_bytes;
    if (p.weight_format != WeightFormat::s8) {
      unpack_weight_row(p.weight_format, row, depth, reinterpret_cast<std::int8_t*>(staging));
      row = reinterpret_cast<const std::uint8_t*>(staging);
    }
    pack_channel(p, constants, channel, shape, row, static_cast<std::uint8_t*>(packed) + tile * record_bytes,
                 in_group % lanes);
  }
}

}  // namespace bulwark::kernels::conv
