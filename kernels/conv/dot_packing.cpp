// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv/dot_packing.h"

#include <algorithm>

#include "kernels/common/bounded_sums.h"
#include "kernels/common/pack_records.h"
#include "kernels/common/weights.h"

namespace bulwark::kernels::conv {
namespace {

/// Of all tiles: 16 channels twice.
constexpr std::size_t kMostHeader = 8 * 16 * 2 + 32;

template <typename T>
T load(const T* values, std::size_t index) {
  T value;
  std::memcpy(&value, reinterpret_cast<const std::uint8_t*>(values) + index * 4, 4);
  return value;
}

/// The best mode of a channel whose clamp does nothing.
DotMode mode_of(const LinearProblem& p, std::int64_t largest, float multiplier) {
  if (!rounds_to_int16(largest, multiplier)) return DotMode::special;
  return p.fraction_bits != 0 || largest > kMostBounded ? DotMode::rounded : DotMode::plain;
}

/// What 16 bytes of each of 16 / kUnit channels become: a vector for each kUnit of depth.
template <std::size_t kUnit>
struct Units;
template <>
struct Units<4> {
  Bytes16 of[4];
  explicit Units(const Bytes16 (&rows)[4]) {
    const Interleaved even = interleave_words(rows[0], rows[2]), odd = interleave_words(rows[1], rows[3]);
    const Interleaved first = interleave_words(even.low, odd.low),
                      second = interleave_words(even.high, odd.high);
    of[0] = first.low, of[1] = first.high, of[2] = second.low, of[3] = second.high;
  }
};
template <>
struct Units<8> {
  Bytes16 of[2];
  explicit Units(const Bytes16 (&rows)[2]) {
    const Interleaved both = interleave_longs(rows[0], rows[1]);
    of[0] = both.low, of[1] = both.high;
  }
};

/// 16 of depth of kVectors times as many neighbouring channels as a vector holds units: the vectors of a
/// kUnit of depth lie side by side, those of the next one `step` bytes further.
template <std::size_t kUnit, std::size_t kVectors, typename Sink>
[[gnu::always_inline]] inline void put_16_of_depth(Sink& sink, const std::uint8_t* rows, std::size_t depth,
                                                   typename Sink::Byte* out, std::size_t step) {
  constexpr std::size_t kRows = 16 / kUnit;
  Bytes16 units[kVectors][kRows];
  for (std::size_t v = 0; v < kVectors; ++v) {
    Bytes16 w[kRows];
    for (std::size_t r = 0; r < kRows; ++r) w[r] = load16(rows + (v * kRows + r) * depth);
    const Units<kUnit> of(w);
    for (std::size_t u = 0; u < kRows; ++u) units[v][u] = of.of[u];
  }
  for (std::size_t u = 0; u < kRows; ++u) {
    for (std::size_t v = 0; v < kVectors; ++v) sink.put(out + u * step + 16 * v, units[v][u]);
  }
}

/// All of their depth.
template <std::size_t kUnit, std::size_t kVectors, typename Sink>
void put_channels(Sink& sink, const std::uint8_t* rows, std::size_t depth, typename Sink::Byte* out,
                  std::size_t step) {
  constexpr std::size_t kRows = 16 / kUnit;
  std::size_t k = 0;
  for (; k + 64 <= depth; k += 64, out += 4 * kRows * step) {
    for (std::size_t i = 0; i < 4; ++i)
      put_16_of_depth<kUnit, kVectors>(sink, rows + k + 16 * i, depth, out + i * kRows * step, step);
  }
  for (; k + 16 <= depth; k += 16, out += kRows * step)
    put_16_of_depth<kUnit, kVectors>(sink, rows + k, depth, out, step);
  if (k == depth) return;
  for (std::size_t v = 0; v < kVectors; ++v) {
    Bytes16 w[kRows];
    for (std::size_t r = 0; r < kRows; ++r) {
      std::uint8_t row[16] = {};
      std::memcpy(row, rows + (v * kRows + r) * depth + k, depth - k);
      w[r] = load16(row);
    }
    const Units<kUnit> units(w);
    for (std::size_t u = 0; k + u * kUnit < depth; ++u) sink.put(out + u * step + 16 * v, units.of[u]);
  }
}

/// Packs the constants of a layer, record by record.
template <std::size_t kUnit>
class Packer {
 public:
  Packer(const LinearProblem& p, const LinearConstants& constants, DotLayout layout, std::int16_t* staging)
      : p_(p),
        constants_(constants),
        layout_(layout),
        staging_(reinterpret_cast<std::int8_t*>(staging)),
        depth_(static_cast<std::size_t>(p.depth())),
        row_bytes_(static_cast<std::size_t>(weight_row_bytes(p.weight_format, depth_))),
        mode_(layer_mode()) {}

  void pack(std::uint8_t* packed) const {
    std::memset(packed, 0, kDotRecords);
    std::memcpy(packed, &mode_, sizeof mode_);
    write_records(*this, packed + kDotRecords);
  }

  bool matches(std::uint8_t* spare, const std::uint8_t* packed) const {
    std::uint8_t head[kDotRecords] = {};
    std::memcpy(head, &mode_, sizeof mode_);
    return std::memcmp(head, packed, sizeof head) == 0 && records_match(*this, spare, packed + kDotRecords);
  }

  // What pack_records.h asks for.

  struct Tile {
    std::size_t first, count;  ///< channels of the model
    std::size_t channels;      ///< of the record
    std::size_t bytes;
  };

  template <typename Byte, typename Each>
  bool for_records(Byte* record, Each each) const {
    const std::int32_t group_channels = p_.out_c / p_.groups;
    for (std::int32_t group = 0; group < p_.groups; ++group) {
      for (std::int32_t tile = 0; 16 * tile < group_channels; ++tile) {
        const std::int32_t channels = dot_tile_channels(p_, tile);
        const std::int32_t count = std::min(channels, group_channels - 16 * tile);
        const auto bytes = static_cast<std::size_t>(dot_record_bytes(p_, layout_, channels));
        const auto first = static_cast<std::size_t>(group) * static_cast<std::size_t>(group_channels) +
                           static_cast<std::size_t>(16 * tile);
        if (!each(Tile{first, static_cast<std::size_t>(count), static_cast<std::size_t>(channels), bytes},
                  record)) {
          return false;
        }
        record += bytes;
      }
    }
    return true;
  }
  std::size_t record_bytes(const Tile& tile) const { return tile.bytes; }

  /// Of weights that lie in the file as bytes.
  template <typename Sink>
  bool put_record(Sink& sink, const Tile& tile, typename Sink::Byte* record) const {
    constexpr std::size_t kRows = 16 / kUnit;
    if (p_.weight_format != WeightFormat::s8 || tile.count % kRows != 0) return false;
    alignas(16) std::uint8_t header[kMostHeader];
    const std::size_t header_bytes = make_header(tile, header);
    put_bytes(sink, record, header, header_bytes);
    const std::size_t step = tile.channels * kUnit;
    typename Sink::Byte* out = record + header_bytes;
    const std::uint8_t* rows = constants_.weights + tile.first * row_bytes_;
    std::size_t lane = 0;
    for (; lane + 8 <= tile.count; lane += 8, rows += 8 * row_bytes_, out += 16 * 8 / kRows)
      put_channels<kUnit, 8 / kRows>(sink, rows, depth_, out, step);
    for (; lane < tile.count; lane += kRows, rows += kRows * row_bytes_, out += 16)
      put_channels<kUnit, 1>(sink, rows, depth_, out, step);
    for (; lane < tile.channels; lane += kRows, out += 16) {
      for (std::size_t k = 0; k < depth_; k += kUnit) sink.put(out + k / kUnit * step, Bytes16{});
    }
    return true;
  }

  void write_record(const Tile& tile, std::uint8_t* record) const {
    std::memset(record, 0, tile.bytes);
    std::uint8_t* const weights = record + make_header(tile, record);
    for (std::size_t lane = 0; lane < tile.count; ++lane) {
      const std::int8_t* row = row_of(tile.first + lane);
      std::uint8_t* out = weights + lane * kUnit;
      std::size_t k = 0;
      for (; k + kUnit <= depth_; k += kUnit, out += tile.channels * kUnit) std::memcpy(out, row + k, kUnit);
      std::memcpy(out, row + k, depth_ - k);
    }
  }

 private:
  /// The weights of a channel as signed bytes.
  const std::int8_t* row_of(std::size_t channel) const {
    const std::uint8_t* row = constants_.weights + channel * row_bytes_;
    if (p_.weight_format == WeightFormat::s8) return reinterpret_cast<const std::int8_t*>(row);
    unpack_weight_row(p_.weight_format, row, depth_, staging_);
    return staging_;
  }

  /// Fills the bytes in front of a record's weights and tells their number.
  std::size_t make_header(const Tile& tile, std::uint8_t* header) const {
    const auto bytes =
        static_cast<std::size_t>(dot_header_bytes(layout_, static_cast<std::int32_t>(tile.channels)));
    std::int32_t start[16] = {};
    float multiplier[16] = {};
    std::memcpy(start, constants_.bias + tile.first, 4 * tile.count);
    std::memcpy(multiplier, constants_.multiplier + tile.first, 4 * tile.count);
    for (std::size_t lane = 0; lane < tile.count; ++lane)
      start[lane] += mode_ < DotMode::bounded ? 0 : kSumOffset;
    put_lanes(start, tile.channels, header);
    put_lanes(multiplier, tile.channels, header + bytes / 2 - 16);
    std::uint8_t* const limits = header + bytes - 32;
    std::memset(limits, 0, 32);
    if (p_.output != OutputType::s8) return bytes;
    for (std::size_t i = 0; i < 16; i += tile.channels) {
      std::memcpy(limits + i, constants_.lo + tile.first, tile.count);
      std::memcpy(limits + 16 + i, constants_.hi + tile.first, tile.count);
    }
    return bytes;
  }

  /// 4 bytes of each channel in the order of the sums' lanes.
  template <typename T>
  void put_lanes(const T (&values)[16], std::size_t channels, std::uint8_t* out) const {
    if (layout_.copies == 1) {
      std::memcpy(out, values, 4 * channels);
      return;
    }
    for (std::size_t lane = 0; lane < channels; lane += 2, out += 16) {
      std::memcpy(out, values + lane, 8);
      std::memcpy(out + 8, values + lane, 8);
    }
  }

  DotMode layer_mode() const {
    if (p_.output != OutputType::s8) return makes_sums() ? DotMode::sums : DotMode::special;
    const auto channels = static_cast<std::size_t>(p_.out_c);
    std::int64_t magnitude = 0;
    float multiplier = 0;
    for (std::size_t c = 0; c < channels; ++c) {
      magnitude = std::max(magnitude, magnitude_of(load(constants_.bias, c)));
      multiplier = std::max(multiplier, load(constants_.multiplier, c));
    }
    DotMode mode = mode_of(p_, most_of_any_channel(p_, magnitude), multiplier);
    if (mode != DotMode::plain) {
      mode = DotMode::plain;
      for (std::size_t c = 0; c < channels && mode != DotMode::special; ++c)
        mode = std::min(mode, channel_mode(c, mode));
    }
    if (mode != DotMode::plain) return mode;
    const auto* lo = reinterpret_cast<const std::uint8_t*>(constants_.lo);
    const auto* hi = reinterpret_cast<const std::uint8_t*>(constants_.hi);
    return p_.zero_point % 2 != 0 || any_clamps(lo, hi, channels) ? DotMode::bounded : DotMode::plain;
  }
  static std::int64_t magnitude_of(std::int32_t bias) { return bias < 0 ? -std::int64_t{bias} : bias; }

  bool makes_sums() const {
    bool ones = p_.fraction_bits == 0;
    for (std::size_t c = 0; c < static_cast<std::size_t>(p_.out_c) && ones; ++c) {
      ones = load(constants_.multiplier, c) == 1.0f;
    }
    return ones;
  }

  /// By the layer's largest sum of weights, or the channel's own where that would lower the mode of the
  /// others.
  DotMode channel_mode(std::size_t c, DotMode others) const {
    const std::int32_t bias = load(constants_.bias, c);
    const float multiplier = load(constants_.multiplier, c);
    const DotMode mode = mode_of(p_, most_of_any_channel(p_, magnitude_of(bias)), multiplier);
    return mode < others ? mode_of(p_, largest_sum(p_, row_of(c), bias), multiplier) : mode;
  }

  const LinearProblem& p_;
  const LinearConstants& constants_;
  DotLayout layout_;
  std::int8_t* staging_;
  std::size_t depth_, row_bytes_;
  DotMode mode_;
};

}  // namespace

void pack_dot(const LinearProblem& p, const LinearConstants& constants, DotLayout layout,
              std::int16_t* staging, void* packed) {
  auto* bytes = static_cast<std::uint8_t*>(packed);
  if (layout.unit == 4) return Packer<4>(p, constants, layout, staging).pack(bytes);
  Packer<8>(p, constants, layout, staging).pack(bytes);
}

bool dot_matches(const LinearProblem& p, const LinearConstants& constants, DotLayout layout,
                 std::int16_t* staging, void* spare, const void* packed) {
  auto* one = static_cast<std::uint8_t*>(spare);
  const auto* bytes = static_cast<const std::uint8_t*>(packed);
  return layout.unit == 4 ? Packer<4>(p, constants, layout, staging).matches(one, bytes)
                          : Packer<8>(p, constants, layout, staging).matches(one, bytes);
}

}  // namespace bulwark::kernels::conv
