// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv/spread_rows.h"

#include <algorithm>
#include <cstring>

#ifdef __aarch64__
#include <arm_neon.h>
#endif

#include "kernels/common/bounded_sums.h"
#include "kernels/common/weights.h"
#include "kernels/conv/narrow_requantize.h"

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
std::size_t weights_at(SpreadLayout layout, std::size_t steps, std::size_t k, std::size_t channel) {
  const std::size_t half = k % 8 / 4, vector = channel / 4, lane = channel % 4;
  const std::size_t in_vector = layout.lanes == SpreadLanes::byte_lanes ? lane * 4 : lane * 2;
  if (layout.order == SpreadOrder::halves) {
    return ((vector / 2 * steps + k / 8) * 4 + half * 2 + vector % 2) * 16 + in_vector;
  }
  return k / 8 * static_cast<std::size_t>(kStepBytes) + (half * 4 + vector) * 16 + in_vector;
}

/// `weights` is filled up with zeros to a multiple of 4. Returns their sum.
std::int64_t pack_weights(const std::int8_t* weights, std::size_t depth, SpreadLayout layout,
                          std::size_t channel, std::uint8_t* out) {
  const std::size_t second = layout.lanes == SpreadLanes::byte_lanes ? 2 : 8;
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < depth; k += 4, weights += 4) {
    std::uint8_t* at = out + weights_at(layout, (depth + 7) / 8, k, channel);
    std::memcpy(at, weights, 2);
    std::memcpy(at + second, weights + 2, 2);
    sum += weights[0] + weights[1] + weights[2] + weights[3];
  }
  return sum;
}

/// The same of 4 neighbouring channels with half_lanes and depth_first, for the channels' vector of `out`.
void pack_4_channels(const std::uint8_t* rows, std::size_t depth, std::uint8_t* out) {
  std::size_t k = 0;
#ifdef __aarch64__
  for (; k + 16 <= depth; k += 16, rows += 16, out += 4 * kQuadBytes) {
    const auto row = [&](std::size_t c) { return vreinterpretq_u16_u8(vld1q_u8(rows + c * depth)); };
    const uint16x8x2_t even = vzipq_u16(row(0), row(2)), odd = vzipq_u16(row(1), row(3));
    for (int half = 0; half < 2; ++half) {
      const uint16x8x2_t quads = vzipq_u16(even.val[half], odd.val[half]);
      vst1q_u8(out + 2 * half * kQuadBytes, vreinterpretq_u8_u16(quads.val[0]));
      vst1q_u8(out + (2 * half + 1) * kQuadBytes, vreinterpretq_u8_u16(quads.val[1]));
    }
  }
#endif
  for (; k < depth; k += 4, rows += 4, out += kQuadBytes) {
    std::uint32_t w[4] = {};
    if (k + 4 <= depth) {
      for (std::size_t c = 0; c < 4; ++c) std::memcpy(&w[c], rows + c * depth, 4);
    } else {
      for (std::size_t c = 0; c < 4; ++c) std::memcpy(&w[c], rows + c * depth, depth - k);
    }
    const std::uint32_t lanes[4] = {(w[0] & 0xFFFF) | w[1] << 16, (w[2] & 0xFFFF) | w[3] << 16,
                                    w[0] >> 16 | (w[1] & 0xFFFF0000), w[2] >> 16 | (w[3] & 0xFFFF0000)};
    std::memcpy(out, lanes, 16);
  }
}

/// Packs the constants of a layer.
class Packer {
 public:
  Packer(const LinearProblem& p, const LinearConstants& constants, SpreadLayout layout, std::int32_t centre,
         std::int16_t* staging)
      : p_(p),
        constants_(constants),
        layout_(layout),
        centre_(centre),
        wide_(staging),
        staging_(reinterpret_cast<std::int8_t*>(staging)),
        depth_(static_cast<std::size_t>(p.depth())),
        row_bytes_(static_cast<std::size_t>(weight_row_bytes(p.weight_format, depth_))) {}

  /// `record` holds zeros.
  void pack_record(std::size_t first_channel, std::size_t channels, std::uint8_t* record) const {
    const bool in_place = p_.weight_format == WeightFormat::s8 && centre_ == 0 &&
                          layout_.lanes == SpreadLanes::half_lanes &&
                          layout_.order == SpreadOrder::depth_first;
    bool bounded = p_.output == OutputType::s8 && p_.fraction_bits == 0 && p_.zero_point % 2 == 0 &&
                   spread_shift(p_) == 0;
    NarrowChannel narrow[16];
    bool is_narrow = layout_.narrow && p_.output == OutputType::s8 && p_.fraction_bits == 0;
    for (std::size_t lane = 0; lane < channels; ++lane) {
      const std::size_t channel = first_channel + lane;
      const std::uint8_t* row = constants_.weights + channel * row_bytes_;
      const bool whole = in_place && lane / 4 * 4 + 4 <= channels;
      std::int64_t sum = 0;
      if (!whole) {
        unpack(row);
        sum = pack_weights(staging_, depth_, layout_, lane, record + spread_header(layout_));
        row = reinterpret_cast<const std::uint8_t*>(staging_);
      } else if (lane % 4 == 0) {
        pack_4_channels(row, depth_, record + spread_header(layout_) + 4 * lane);
      }
      if (bounded) bounded = is_bounded(reinterpret_cast<const std::int8_t*>(row), channel);
      const std::int32_t start = pack_channel(channel, lane, sum, record);
      if (is_narrow) {
        is_narrow = narrow_channel(reinterpret_cast<const std::int8_t*>(row), channel, start, &narrow[lane]);
      }
    }
    NarrowRecord numbers;
    if (is_narrow && fit_narrow(narrow, channels, p_.zero_point, &numbers)) {
      pack_narrow(numbers, record);
    } else if (bounded) {
      offset_sums(record);
    }
  }

 private:
  std::int32_t bias(std::size_t channel) const {
    std::int32_t value;
    std::memcpy(&value, reinterpret_cast<const std::uint8_t*>(constants_.bias) + 4 * channel, 4);
    return value;
  }
  float multiplier(std::size_t channel) const {
    float value;
    std::memcpy(&value, reinterpret_cast<const std::uint8_t*>(constants_.multiplier) + 4 * channel, 4);
    return value;
  }

  /// To bytes, filled up with zeros to a multiple of 4: staging has room for twice as many.
  void unpack(const std::uint8_t* row) const {
    if (p_.weight_format == WeightFormat::s9) {
      unpack_weight_row(p_.weight_format, row, depth_, wide_);
      for (std::size_t k = 0; k < depth_; ++k) {
        std::int16_t weight;
        std::memcpy(&weight, wide_ + k, 2);
        staging_[k] = static_cast<std::int8_t>(weight - spread_shift(p_));
      }
    } else {
      unpack_weight_row(p_.weight_format, row, depth_, staging_);
    }
    std::memset(staging_ + depth_, 0, 3);
  }

  bool is_bounded(const std::int8_t* weights, std::size_t channel) const {
    const std::int64_t largest = largest_sum(p_, weights, bias(channel));
    return largest <= kMostBounded && rounds_to_int16(largest, multiplier(channel));
  }

  /// Returns the bias of re-centred inputs.
  std::int32_t pack_channel(std::size_t channel, std::size_t lane, std::int64_t sum,
                            std::uint8_t* record) const {
    const auto start =
        static_cast<std::int32_t>(bias(channel) + sum * centre_ * (std::int64_t{1} << p_.fraction_bits));
    const float scale = multiplier(channel);
    std::memcpy(record + 4 * lane, &start, 4);
    std::memcpy(record + kSpreadMultiplier + 4 * lane, &scale, 4);
    if (p_.output != OutputType::s8) return start;
    record[kSpreadLo + lane] = static_cast<std::uint8_t>(constants_.lo[channel]);
    record[kSpreadHi + lane] = static_cast<std::uint8_t>(constants_.hi[channel]);
    record[kSpreadClamps] |= constants_.lo[channel] != -128 || constants_.hi[channel] != 127;
    return start;
  }

  /// Whether the sums of re-centred inputs fit 16 bits.
  bool narrow_channel(const std::int8_t* weights, std::size_t channel, std::int32_t start,
                      NarrowChannel* narrow) const {
    std::int64_t above = 0, below = 0;
    for (std::size_t k = 0; k < depth_; ++k) {
      above += std::max<std::int32_t>(weights[k], 0);
      below += std::min<std::int32_t>(weights[k], 0);
    }
    const std::int32_t x0 = p_.in_lo - centre_, x1 = p_.in_hi - centre_;
    const std::int64_t least = above * x0 + below * x1, most = above * x1 + below * x0;
    if (least < -32768 || most > 32767) return false;
    *narrow = {static_cast<std::int32_t>(least), static_cast<std::int32_t>(most), start, multiplier(channel),
               constants_.lo[channel],           constants_.hi[channel]};
    return true;
  }

  static void pack_narrow(const NarrowRecord& numbers, std::uint8_t* record) {
    record[kSpreadNarrow] = 1;
    std::memset(record, 0, kSpreadMultiplier);
    for (std::size_t lane = 0; lane < 16; ++lane) std::memcpy(record + 4 * lane, &numbers.start[lane], 2);
    std::memcpy(record + kSpreadMultiplier, numbers.multiplier, sizeof numbers.multiplier);
    std::memcpy(record + kSpreadOffset, numbers.offset, sizeof numbers.offset);
    for (std::size_t lane = 0; lane < 8; ++lane)
      std::memcpy(record + kSpreadShift + 2 * lane, &numbers.shift, 2);
    std::memset(record + kSpreadDown, -numbers.down, 16);
    std::memset(record + kSpreadBase, numbers.base, 16);
  }

  static void offset_sums(std::uint8_t* record) {
    record[kSpreadBounded] = 1;
    for (std::size_t lane = 0; lane < 16; ++lane) {
      std::uint32_t start;
      std::memcpy(&start, record + 4 * lane, 4);
      start +=
          static_cast<std::uint32_t>(kSumOffset);  // wraps where the bias of re-centred inputs is negative
      std::memcpy(record + 4 * lane, &start, 4);
    }
  }

  const LinearProblem& p_;
  const LinearConstants& constants_;
  SpreadLayout layout_;
  std::int32_t centre_;
  std::int16_t* wide_;
  std::int8_t* staging_;  ///< the same bytes
  std::size_t depth_, row_bytes_;
};

}  // namespace

bool spread_fits(const LinearProblem& p, SpreadLayout layout) {
  return rows_fit(p, kShape4x16) && rows_bytes(p, layout) <= kMaxScratch;
}

std::size_t spread_scratch_offset(const LinearProblem& p) {
  return (rows_scratch_size(p, kShape4x16) + 63) / 64 * 64;
}

std::size_t spread_sums_offset(const LinearProblem& p, SpreadLayout layout) {
  return spread_scratch_offset(p) + static_cast<std::size_t>(rows_bytes(p, layout));
}

std::size_t spread_scratch_size(const LinearProblem& p, SpreadLayout layout) {
  const std::int32_t sums = spread_shift(p) != 0 ? blocking_of(p, kShape4x16).block_pixels : 0;
  return spread_sums_offset(p, layout) + static_cast<std::size_t>(sums) * sizeof(std::int32_t);
}

std::size_t spread_packed_size(const LinearProblem& p, SpreadLayout layout) {
  return saturated_size(group_tiles(p) * static_cast<std::uint64_t>(p.groups) *
                            static_cast<std::uint64_t>(spread_record_bytes(p, layout)) +
                        kSlack);
}

void pack_spread(const LinearProblem& p, const LinearConstants& constants, SpreadLayout layout,
                 std::int32_t centre, std::int16_t* staging, void* packed) {
  const std::size_t group_channels = static_cast<std::size_t>(p.out_c / p.groups);
  const std::size_t record_bytes = static_cast<std::size_t>(spread_record_bytes(p, layout));
  const Packer packer(p, constants, layout, centre, staging);
  std::memset(packed, 0, spread_packed_size(p, layout));
  auto* record = static_cast<std::uint8_t*>(packed);
  for (std::size_t group = 0; group < static_cast<std::size_t>(p.groups); ++group) {
    for (std::size_t first = 0; first < group_channels; first += 16, record += record_bytes) {
      packer.pack_record(group * group_channels + first, std::min<std::size_t>(16, group_channels - first),
                         record);
    }
  }
}

}  // namespace bulwark::kernels::conv
