// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv/dot_packing.h"

#include <algorithm>
#include <cstring>

#include "kernels/common/bounded_sums.h"
#include "kernels/common/weights.h"

namespace bulwark::kernels::conv {
namespace {

/// The layer's rows of weights as signed bytes.
class WeightRows {
 public:
  WeightRows(const LinearProblem& p, const LinearConstants& constants, std::int16_t* staging)
      : format_(p.weight_format),
        weights_(constants.weights),
        staging_(reinterpret_cast<std::int8_t*>(staging)),
        depth_(static_cast<std::size_t>(p.depth())),
        row_bytes_(static_cast<std::size_t>(weight_row_bytes(p.weight_format, depth_))) {}

  const std::int8_t* row(std::int32_t channel) const {
    const std::uint8_t* packed = weights_ + static_cast<std::size_t>(channel) * row_bytes_;
    if (format_ == WeightFormat::s8) return reinterpret_cast<const std::int8_t*>(packed);
    unpack_weight_row(format_, packed, depth_, staging_);
    return staging_;
  }

 private:
  WeightFormat format_;
  const std::uint8_t* weights_;
  std::int8_t* staging_;
  std::size_t depth_, row_bytes_;
};

template <typename T>
T load(const T* values, std::int32_t index) {
  T value;
  std::memcpy(&value, reinterpret_cast<const std::uint8_t*>(values) + static_cast<std::size_t>(index) * 4, 4);
  return value;
}

DotMode channel_mode(const LinearProblem& p, const LinearConstants& constants, const std::int8_t* weights,
                     std::int32_t channel) {
  const std::int64_t largest = largest_sum(p, weights, load(constants.bias, channel));
  if (p.output != OutputType::s8 || !rounds_to_int16(largest, load(constants.multiplier, channel))) {
    return DotMode::special;
  }
  if (p.fraction_bits != 0 || largest > kMostBounded) return DotMode::rounded;
  const bool clamps = constants.lo[channel] != -128 || constants.hi[channel] != 127;
  return clamps || p.zero_point % 2 != 0 ? DotMode::bounded : DotMode::plain;
}

DotMode layer_mode(const LinearProblem& p, const LinearConstants& constants, const WeightRows& rows) {
  DotMode mode = DotMode::plain;
  for (std::int32_t c = 0; c < p.out_c && mode != DotMode::special; ++c) {
    mode = std::min(mode, channel_mode(p, constants, rows.row(c), c));
  }
  return mode;
}

/// Writes channel `c` of the model as channel `lane` of a record.
void pack_channel(const LinearProblem& p, const LinearConstants& constants, DotLayout layout, DotMode mode,
                  std::int32_t c, const std::int8_t* weights, std::uint8_t* record, std::int32_t lane,
                  std::int32_t channels) {
  const std::int32_t start = load(constants.bias, c) + (mode < DotMode::bounded ? 0 : kSumOffset);
  const float multiplier = load(constants.multiplier, c);
  for (std::int32_t copy = 0; copy < layout.copies; ++copy) {
    const std::int32_t at = layout.copies == 1 ? lane : lane / 2 * 4 + 2 * copy + lane % 2;
    std::memcpy(record + 4 * at, &start, 4);
    std::memcpy(record + 4 * (channels * layout.copies + at), &multiplier, 4);
  }
  std::uint8_t* const limits = record + dot_header_bytes(layout, channels) - 32;
  for (std::int32_t i = lane; p.output == OutputType::s8 && i < 16; i += channels) {
    limits[i] = static_cast<std::uint8_t>(constants.lo[c]);
    limits[16 + i] = static_cast<std::uint8_t>(constants.hi[c]);
  }
  std::uint8_t* out = limits + 32 + lane * layout.unit;
  for (std::int64_t k = 0; k < p.depth(); k += layout.unit, out += channels * layout.unit) {
    std::memcpy(out, weights + k,
                static_cast<std::size_t>(std::min<std::int64_t>(layout.unit, p.depth() - k)));
  }
}

}  // namespace

void pack_dot(const LinearProblem& p, const LinearConstants& constants, DotLayout layout,
              std::int16_t* staging, void* packed) {
  const WeightRows rows(p, constants, staging);
  const DotMode mode = layer_mode(p, constants, rows);
  std::memset(packed, 0, static_cast<std::size_t>(dot_packed_bytes(p, layout)));
  std::memcpy(packed, &mode, sizeof(mode));
  auto* record = static_cast<std::uint8_t*>(packed) + kDotRecords;
  const std::int32_t group_channels = p.out_c / p.groups;
  for (std::int32_t first = 0; first < p.out_c; first += group_channels) {
    for (std::int32_t tile = 0; 16 * tile < group_channels; ++tile) {
      const std::int32_t channels = dot_tile_channels(p, tile);
      for (std::int32_t lane = 0; lane < std::min(channels, group_channels - 16 * tile); ++lane) {
        const std::int32_t c = first + 16 * tile + lane;
        pack_channel(p, constants, layout, mode, c, rows.row(c), record, lane, channels);
      }
      record += dot_record_bytes(p, layout, channels);
    }
  }
}

}  // namespace bulwark::kernels::conv
