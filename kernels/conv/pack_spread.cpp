// SPDX-License-Identifier: Apache-2.0
// Packing of spread_rows.h.
#include <algorithm>

#include "kernels/common/bounded_sums.h"
#include "kernels/common/pack_records.h"
#include "kernels/common/weights.h"
#include "kernels/conv/lookup_tables.h"
#include "kernels/conv/narrow_requantize.h"
#include "kernels/conv/spread_rows.h"

namespace bulwark::kernels::conv {
namespace {

constexpr std::size_t kChannels = 16;

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

/// The same as places in tables.
std::int64_t pack_places(const std::int8_t* weights, std::size_t depth, std::size_t channel,
                         std::uint8_t* out) {
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < depth; k += 2, weights += 2, out += kChannels) {
    out[channel] = table_place(weights[0], weights[1]);
    sum += weights[0] + weights[1];
  }
  return sum;
}

/// 16 of depth of 4 neighbouring channels with half_lanes and depth_first: the channels' vector of 4 quads.
struct FourQuads {
  Bytes16 of[4];
  FourQuads(const std::uint8_t* rows, std::size_t depth) {
    const Interleaved even = interleave_halves(load16(rows), load16(rows + 2 * depth));
    const Interleaved odd = interleave_halves(load16(rows + depth), load16(rows + 3 * depth));
    const Interleaved first = interleave_halves(even.low, odd.low),
                      second = interleave_halves(even.high, odd.high);
    of[0] = first.low, of[1] = first.high, of[2] = second.low, of[3] = second.high;
  }
};

/// The same of 4 * kFours channels, whose vectors lie side by side.
template <std::size_t kFours, typename Sink>
[[gnu::always_inline]] inline void put_16_of_depth(Sink& sink, const std::uint8_t* rows, std::size_t depth,
                                                   typename Sink::Byte* out) {
  const FourQuads first(rows, depth), last(rows + (kFours - 1) * 4 * depth, depth);
  for (std::size_t q = 0; q < 4; ++q, out += kQuadBytes) {
    sink.put(out, first.of[q]);
    if constexpr (kFours == 2) sink.put(out + 16, last.of[q]);
  }
}

/// Of the last 1..15 of depth the quad of `count` (up to 4) of 4 channels.
Bytes16 last_quad(const std::uint8_t* rows, std::size_t depth, std::size_t count) {
  std::uint32_t w[4] = {};
  for (std::size_t c = 0; c < 4; ++c) std::memcpy(&w[c], rows + c * depth, count);
  const std::uint32_t lanes[4] = {(w[0] & 0xFFFF) | w[1] << 16, (w[2] & 0xFFFF) | w[3] << 16,
                                  w[0] >> 16 | (w[1] & 0xFFFF0000), w[2] >> 16 | (w[3] & 0xFFFF0000)};
  return load16(lanes);
}

template <std::size_t kFours, typename Sink>
void put_channels(Sink& sink, const std::uint8_t* rows, std::size_t depth, typename Sink::Byte* out) {
  std::size_t k = 0;
  for (; k + 64 <= depth; k += 64, rows += 64, out += 16 * kQuadBytes) {
    for (std::size_t i = 0; i < 4; ++i)
      put_16_of_depth<kFours>(sink, rows + 16 * i, depth, out + 4 * i * kQuadBytes);
  }
  for (; k + 16 <= depth; k += 16, rows += 16, out += 4 * kQuadBytes)
    put_16_of_depth<kFours>(sink, rows, depth, out);
  for (; k < depth; k += 4, rows += 4, out += kQuadBytes) {
    for (std::size_t i = 0; i < kFours; ++i)
      sink.put(out + 16 * i, last_quad(rows + 4 * i * depth, depth, std::min<std::size_t>(depth - k, 4)));
  }
}

/// Packs the constants of a layer, record by record.
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
        row_bytes_(static_cast<std::size_t>(weight_row_bytes(p.weight_format, depth_))),
        record_bytes_(static_cast<std::size_t>(spread_record_bytes(p, layout))),
        in_place_(p.weight_format == WeightFormat::s8 && centre == 0 && !layout.narrow &&
                  layout.lanes == SpreadLanes::half_lanes && layout.order == SpreadOrder::depth_first) {}

  void pack(std::uint8_t* packed) const {
    write_records(*this, packed);
    std::memset(packed + records_bytes(), 0, kSpreadSlack);
  }

  bool matches(std::uint8_t* spare, const std::uint8_t* packed) const {
    static constexpr std::uint8_t kZeros[kSpreadSlack] = {};
    return records_match(*this, spare, packed) &&
           std::memcmp(packed + records_bytes(), kZeros, kSpreadSlack) == 0;
  }

  // What pack_records.h asks for.

  template <typename Byte, typename Each>
  bool for_records(Byte* record, Each each) const {
    const auto group_channels = static_cast<std::size_t>(p_.out_c / p_.groups);
    for (std::size_t group = 0; group < static_cast<std::size_t>(p_.groups); ++group) {
      for (std::size_t first = 0; first < group_channels; first += kChannels, record += record_bytes_) {
        const std::size_t count = std::min(kChannels, group_channels - first);
        if (!each(RecordChannels{group * group_channels + first, count}, record)) return false;
      }
    }
    return true;
  }
  std::size_t record_bytes(RecordChannels) const { return record_bytes_; }

  /// Of weights that lie in the file as bytes.
  template <typename Sink>
  bool put_record(Sink& sink, RecordChannels which, typename Sink::Byte* record) const {
    const auto [first, channels] = which;
    if (!in_place_ || channels % 4 != 0) return false;
    alignas(16) std::uint8_t header[kSpreadHeader];
    make_header(first, channels, nullptr, header);
    put_bytes(sink, record, header, kSpreadHeader);
    const std::uint8_t* rows = constants_.weights + first * row_bytes_;
    typename Sink::Byte* out = record + kSpreadHeader;
    std::size_t c = 0;
    for (; c + 8 <= channels; c += 8, rows += 8 * depth_, out += 32) put_channels<2>(sink, rows, depth_, out);
    if (c < channels) {
      put_channels<1>(sink, rows, depth_, out);
      c += 4, out += 16;
    }
    for (; c < kChannels; c += 4, out += 16) {
      for (std::size_t at = 0; at < record_bytes_ - kSpreadHeader; at += kQuadBytes)
        sink.put(out + at, Bytes16{});
    }
    if (layout_.step_quads == 1 || spread_quads(p_, layout_) * 4 < p_.depth() + 4) return true;
    for (std::size_t at = record_bytes_ - kQuadBytes; at < record_bytes_; at += 16)
      sink.put(record + at, Bytes16{});
    return true;
  }

  void write_record(RecordChannels which, std::uint8_t* record) const {
    const auto [first, channels] = which;
    std::memset(record, 0, record_bytes_);
    std::int64_t sums[kChannels] = {};
    NarrowChannel narrow[kChannels];
    bool is_narrow = layout_.narrow && p_.output == OutputType::s8;
    for (std::size_t lane = 0; lane < channels; ++lane) {
      unpack(constants_.weights + (first + lane) * row_bytes_);
      sums[lane] = layout_.lanes == SpreadLanes::table_lanes
                       ? pack_places(staging_, depth_, lane, record + kSpreadHeader)
                       : pack_weights(staging_, depth_, layout_, lane, record + kSpreadHeader);
      if (is_narrow) is_narrow = narrow_channel(first + lane, sums[lane], &narrow[lane]);
    }
    make_header(first, channels, sums, record);
    NarrowRecord numbers;
    if (is_narrow && fit_narrow(narrow, channels, p_.fraction_bits, p_.zero_point, &numbers))
      put_narrow(numbers, record);
  }

 private:
  /// The bytes of all records.
  std::size_t records_bytes() const { return spread_packed_size(p_, layout_) - kSpreadSlack; }

  /// Of the channel in staging; whether the sums of re-centred inputs fit 16 bits.
  bool narrow_channel(std::size_t channel, std::int64_t sum, NarrowChannel* narrow) const {
    std::int64_t above = 0, below = 0;
    for (std::size_t k = 0; k < depth_; ++k) {
      above += std::max<std::int32_t>(staging_[k], 0);
      below += std::min<std::int32_t>(staging_[k], 0);
    }
    const std::int32_t x0 = p_.in_lo - centre_, x1 = p_.in_hi - centre_;
    const std::int64_t least = above * x0 + below * x1, most = above * x1 + below * x0;
    if (least < -32768 || most > 32767) return false;
    std::int32_t bias;
    float multiplier;
    std::memcpy(&bias, reinterpret_cast<const std::uint8_t*>(constants_.bias) + 4 * channel, 4);
    std::memcpy(&multiplier, reinterpret_cast<const std::uint8_t*>(constants_.multiplier) + 4 * channel, 4);
    *narrow = {
        static_cast<std::int32_t>(least), static_cast<std::int32_t>(most), recentred(bias, sum), multiplier,
        constants_.lo[channel],           constants_.hi[channel]};
    return true;
  }

  void put_narrow(const NarrowRecord& numbers, std::uint8_t* record) const {
    const std::size_t step = layout_.lanes == SpreadLanes::table_lanes ? 2 : 4;
    record[kSpreadBounded] = 0;
    record[kSpreadNarrow] = 1;
    std::memset(record, 0, kSpreadMultiplier);
    for (std::size_t lane = 0; lane < 16; ++lane) std::memcpy(record + step * lane, &numbers.start[lane], 2);
    std::memcpy(record + kSpreadMultiplier, numbers.multiplier, sizeof numbers.multiplier);
    std::memcpy(record + kSpreadOffset, numbers.offset, sizeof numbers.offset);
    for (std::size_t lane = 0; lane < 8; ++lane)
      std::memcpy(record + kSpreadShift + 2 * lane, &numbers.shift, 2);
    std::memset(record + kSpreadDown, -numbers.down, 16);
    std::memset(record + kSpreadBase, numbers.base, 16);
  }

  /// The bias for re-centred inputs of a channel with this sum of weights.
  std::int64_t recentred(std::int32_t bias, std::int64_t sum) const {
    return bias + sum * centre_ * (std::int64_t{1} << p_.fraction_bits);
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

  /// `sums` of the channels' weights, null where the inputs are not re-centred.
  void make_header(std::size_t first, std::size_t channels, const std::int64_t* sums,
                   std::uint8_t* header) const {
    std::int32_t start[kChannels] = {};
    float multiplier[kChannels] = {}, low[kChannels] = {};
    std::memcpy(start, constants_.bias + first, 4 * channels);
    std::memcpy(multiplier, constants_.multiplier + first, 4 * channels);
    const bool bounded = is_bounded(first, channels, start, multiplier);
    for (std::size_t lane = 0; lane < kChannels; ++lane) {
      const std::int64_t bias = sums == nullptr ? start[lane] : recentred(start[lane], sums[lane]);
      start[lane] = static_cast<std::int32_t>(bias);  // wraps where re-centred sums are negative
      if (!bounded) continue;
      const SplitBias split = split_fraction(p_, bias, multiplier[lane]);
      start[lane] = split.start, multiplier[lane] = split.multiplier, low[lane] = split.low;
    }
    std::memset(header + kSpreadLo, 0, kSpreadHeader - kSpreadLo);
    std::memcpy(header, start, sizeof start);
    std::memcpy(header + kSpreadMultiplier, multiplier, sizeof multiplier);
    std::memcpy(header + kSpreadLow, low, sizeof low);
    header[kSpreadBounded] = bounded;
    if (p_.output != OutputType::s8) return;
    std::memcpy(header + kSpreadLo, constants_.lo + first, channels);
    std::memcpy(header + kSpreadHi, constants_.hi + first, channels);
    header[kSpreadClamps] = any_clamps(header + kSpreadLo, header + kSpreadHi, channels);
  }

  /// Whether all sums of a record are: of the layer's largest ones at once, or else channel by channel.
  bool is_bounded(std::size_t first, std::size_t channels, const std::int32_t (&bias)[kChannels],
                  const float (&multiplier)[kChannels]) const {
    if (p_.output != OutputType::s8 || p_.zero_point % 2 != 0 || spread_shift(p_) != 0) return false;
    if (keeps_bounded(p_, most_of_any_channel(p_, largest_magnitude(bias)), largest_of(multiplier)))
      return true;
    for (std::size_t lane = 0; lane < channels; ++lane) {
      const std::uint8_t* row = constants_.weights + (first + lane) * row_bytes_;
      if (p_.weight_format != WeightFormat::s8) {
        unpack(row);
        row = reinterpret_cast<const std::uint8_t*>(staging_);
      }
      const std::int64_t largest = largest_sum(p_, reinterpret_cast<const std::int8_t*>(row), bias[lane]);
      if (!keeps_bounded(p_, largest, multiplier[lane])) return false;
    }
    return true;
  }

  const LinearProblem& p_;
  const LinearConstants& constants_;
  SpreadLayout layout_;
  std::int32_t centre_;
  std::int16_t* wide_;
  std::int8_t* staging_;  ///< the same bytes
  std::size_t depth_, row_bytes_, record_bytes_;
  bool in_place_;
};

}  // namespace

void pack_spread(const LinearProblem& p, const LinearConstants& constants, SpreadLayout layout,
                 std::int32_t centre, std::int16_t* staging, void* packed) {
  Packer(p, constants, layout, centre, staging).pack(static_cast<std::uint8_t*>(packed));
}

bool spread_matches(const LinearProblem& p, const LinearConstants& constants, SpreadLayout layout,
                    std::int32_t centre, std::int16_t* staging, void* spare, const void* packed) {
  return Packer(p, constants, layout, centre, staging)
      .matches(static_cast<std::uint8_t*>(spare), static_cast<const std::uint8_t*>(packed));
}

}  // namespace bulwark::kernels::conv
