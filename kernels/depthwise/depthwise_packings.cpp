// SPDX-License-Identifier: Apache-2.0
#include "kernels/depthwise/depthwise_packings.h"

#include "kernels/common/pack_records.h"
#include "kernels/common/product_range.h"
#include "kernels/depthwise/band_rows.h"
#include "kernels/depthwise/taps_3x3.h"

namespace bulwark::kernels::depthwise {
namespace {

// put() writes the weight of a tap in a channel's lane to each of its places.

void put(TapMajor, std::uint8_t* weights, std::size_t tap, std::size_t lane, std::uint8_t weight) {
  weights[tap * kBlock + lane] = weight;
}

void put_outer(std::uint8_t* weights, std::size_t output_row, std::size_t column, std::size_t lane,
               std::uint8_t weight) {
  // Of the first output the pair of columns is its columns 1 and 2, of the second one 0 and 1.
  std::uint8_t* own = weights + output_row * PairsOfTaps::kRowWeights;
  if (column > 0) own[96 + lane * 2 + column - 1] = weight;
  for (std::size_t next = 0; next < 2 && column < 2; ++next) {
    own[128 + next * 64 + lane * 2 + column] = weight;
  }
  if (column == 1) return;
  for (std::size_t before = 0; before < 2; ++before) {
    weights[before * PairsOfTaps::kRowWeights + 160 + output_row * 64 + column / 2 * 16 + lane] = weight;
  }
}

void put(PairsOfTaps, std::uint8_t* weights, std::size_t tap, std::size_t lane, std::uint8_t weight) {
  const std::size_t row = tap / 3, column = tap % 3;
  // Of the first output row the middle rows are its rows 1 and 2, of the second one 0 and 1.
  if (row > 0) weights[column * 32 + lane * 2 + row - 1] = weight;
  if (row < 2) weights[PairsOfTaps::kRowWeights + column * 32 + lane * 2 + row] = weight;
  if (row == 0) put_outer(weights, 0, column, lane, weight);
  if (row == 2) put_outer(weights, 1, column, lane, weight);
}

void put(Columns, std::uint8_t* weights, std::size_t tap, std::size_t lane, std::uint8_t weight) {
  weights[tap % 3 * 64 + lane * 4 + tap / 3] = weight;
}

void put(ColumnPairs, std::uint8_t* weights, std::size_t tap, std::size_t lane, std::uint8_t weight) {
  const std::size_t at = tap % 3 * 64 + lane * 4 + tap / 3;
  weights[at] = weights[192 + at + 1] = weight;
}

/// Packs the constants of a layer, record by record. kFinished: biases and multipliers are those that the
/// stages of output_2x16_neon.h take.
template <typename Layout, bool kFinished>
class Packer {
 public:
  Packer(const LinearProblem& p, const LinearConstants& constants, std::int16_t* staging)
      : p_(p),
        constants_(constants),
        staging_(staging),
        taps_(static_cast<std::size_t>(p.depth())),
        row_bytes_(static_cast<std::size_t>(weight_row_bytes(p.weight_format, taps_))) {}

  void pack(void* packed) const { write_records(*this, static_cast<std::uint8_t*>(packed)); }

  bool matches(void* spare, const void* packed) const {
    return records_match(*this, static_cast<std::uint8_t*>(spare), static_cast<const std::uint8_t*>(packed));
  }

  // What pack_records.h asks for.

  template <typename Byte, typename Each>
  bool for_records(Byte* record, Each each) const {
    const auto out_c = static_cast<std::size_t>(p_.out_c);
    for (std::size_t first = 0; first < out_c; first += kBlock, record += record_size<Layout>(p_)) {
      if (!each(RecordChannels{first, std::min<std::size_t>(kBlock, out_c - first)}, record)) return false;
    }
    return true;
  }
  std::size_t record_bytes(RecordChannels) const { return record_size<Layout>(p_); }

  template <typename Sink>
  bool put_record(Sink& sink, RecordChannels which, typename Sink::Byte* record) const {
    const auto [first, channels] = which;
    if (p_.weight_format != WeightFormat::s8 || p_.kernel_h != 3 || p_.kernel_w != 3 || channels != kBlock) {
      return false;
    }
    alignas(16) std::uint8_t header[kWeights];
    make_header(first, channels, header);
    put_bytes(sink, record, header, kWeights);
    Taps3x3 taps;
    gather_taps(constants_.weights + first * row_bytes_, taps);
    put_weights(Layout{}, sink, record + kWeights, taps);
    return true;
  }

  void write_record(RecordChannels which, std::uint8_t* record) const {
    const auto [first, channels] = which;
    std::memset(record, 0, record_size<Layout>(p_));
    make_header(first, channels, record);
    for (std::size_t lane = 0; lane < channels; ++lane) {
      unpack(first + lane);
      for (std::size_t t = 0; t < taps_; ++t) {
        put(Layout{}, record + kWeights, t, lane, static_cast<std::uint8_t>(staging_[t]));
      }
    }
  }

 private:
  void unpack(std::size_t channel) const {
    unpack_weight_row(p_.weight_format, constants_.weights + channel * row_bytes_, taps_, staging_);
  }

  void make_header(std::size_t first, std::size_t channels, std::uint8_t* header) const {
    std::memset(header, 0, kWeights);
    std::memcpy(header + kBias, constants_.bias + first, 4 * channels);
    std::memcpy(header + kMultiplier, constants_.multiplier + first, 4 * channels);
    if (p_.output == OutputType::s8) {
      std::memcpy(header + kLo, constants_.lo + first, channels);
      std::memcpy(header + kHi, constants_.hi + first, channels);
      if (!any_clamps(header + kLo, header + kHi, channels)) header[kPromises] |= kWholeRange;
      if (is_bounded(first, channels, header)) header[kPromises] |= kBounded;
    }
    if constexpr (kFinished) finish_header(header);
  }

  /// Of the layer's largest sums at once, or else channel by channel.
  bool is_bounded(std::size_t first, std::size_t channels, const std::uint8_t* header) const {
    if (!weights_fit(p_)) return false;
    std::int32_t bias[kBlock];
    float multiplier[kBlock];
    std::memcpy(bias, header + kBias, sizeof bias);
    std::memcpy(multiplier, header + kMultiplier, sizeof multiplier);
    if (keeps_bounded(p_, most_of_any_channel(p_, largest_magnitude(bias)), largest_of(multiplier)))
      return true;
    for (std::size_t lane = 0; lane < channels; ++lane) {
      unpack(first + lane);
      auto* bytes = reinterpret_cast<std::int8_t*>(staging_);
      for (std::size_t t = 0; t < taps_; ++t) bytes[t] = static_cast<std::int8_t>(staging_[t]);
      if (!keeps_bounded(p_, largest_sum(p_, bytes, bias[lane]), multiplier[lane])) return false;
    }
    return true;
  }

  void finish_header(std::uint8_t* header) const {
    const std::int32_t f = p_.fraction_bits;
    const bool bounded = (header[kPromises] & kBounded) != 0;
    for (std::size_t at = 0; at < 4 * kBlock; at += 4) {
      std::int32_t bias;
      float multiplier;
      std::memcpy(&bias, header + kBias + at, 4);
      std::memcpy(&multiplier, header + kMultiplier + at, 4);
      if (bounded) {
        const SplitBias split = split_fraction(p_, bias, multiplier);
        std::memcpy(header + kBias + at, &split.start, 4);
        std::memcpy(header + kMultiplier + at, &split.multiplier, 4);
        std::memcpy(header + kLow + at, &split.low, 4);
      } else {
        const std::int32_t start = bias >> f, low = bias & ((1 << f) - 1);
        std::memcpy(header + kBias + at, &start, 4);
        std::memcpy(header + kLow + at, &low, 4);
      }
    }
  }

  const LinearProblem& p_;
  const LinearConstants& constants_;
  std::int16_t* staging_;
  std::size_t taps_, row_bytes_;
};

}  // namespace

template <std::int32_t kKernel, std::int32_t kProducts>
bool RowPacking<kKernel, kProducts>::supports(const LinearProblem& p) {
  if (!weights_fit(p) || !ring_fits(p) || p.kernel_h > kMaxKernelRows || p.output != OutputType::s8)
    return false;
  return kKernel == 0 || (p.kernel_h == kKernel && p.kernel_w == kKernel && p.stride_w <= 2 &&
                          p.dilation_w == 1 && products_in_int16(p) >= kProducts);
}
template <std::int32_t kKernel, std::int32_t kProducts>
std::size_t RowPacking<kKernel, kProducts>::packed_size(const LinearProblem& p) {
  return depthwise::packed_size<TapMajor>(p);
}
template <std::int32_t kKernel, std::int32_t kProducts>
void RowPacking<kKernel, kProducts>::pack(const LinearProblem& p, const LinearConstants& constants,
                                          std::int16_t* staging, void* packed) {
  Packer<TapMajor, false>(p, constants, staging).pack(packed);
}
template <std::int32_t kKernel, std::int32_t kProducts>
bool RowPacking<kKernel, kProducts>::matches(const LinearProblem& p, const LinearConstants& constants,
                                             std::int16_t* staging, void* spare, const void* packed) {
  return Packer<TapMajor, false>(p, constants, staging).matches(spare, packed);
}
template struct RowPacking<3, 9>;
template struct RowPacking<5, 25>;
template struct RowPacking<3, 2>;
template struct RowPacking<5, 2>;
template struct RowPacking<0, 0>;

template <typename Layout_, std::int32_t kStride_, std::int32_t kRows_, std::int32_t kProducts>
bool BandPacking<Layout_, kStride_, kRows_, kProducts>::supports(const LinearProblem& p) {
  return p.kernel_h == 3 && p.kernel_w == 3 && p.stride_h == kStride && p.stride_w == kStride &&
         p.dilation_h == 1 && p.dilation_w == 1 && p.output == OutputType::s8 && weights_fit(p) &&
         PairWindow::bytes(p, band_rows<kStride, kRows>(p)) <= kMostRingBytes &&
         products_in_int16(p) >= kProducts;
}
template <typename Layout_, std::int32_t kStride_, std::int32_t kRows_, std::int32_t kProducts>
std::size_t BandPacking<Layout_, kStride_, kRows_, kProducts>::packed_size(const LinearProblem& p) {
  return depthwise::packed_size<Layout>(p);
}
template <typename Layout_, std::int32_t kStride_, std::int32_t kRows_, std::int32_t kProducts>
void BandPacking<Layout_, kStride_, kRows_, kProducts>::pack(const LinearProblem& p,
                                                             const LinearConstants& constants,
                                                             std::int16_t* staging, void* packed) {
  Packer<Layout, true>(p, constants, staging).pack(packed);
}
template <typename Layout_, std::int32_t kStride_, std::int32_t kRows_, std::int32_t kProducts>
bool BandPacking<Layout_, kStride_, kRows_, kProducts>::matches(const LinearProblem& p,
                                                                const LinearConstants& constants,
                                                                std::int16_t* staging, void* spare,
                                                                const void* packed) {
  return Packer<Layout, true>(p, constants, staging).matches(spare, packed);
}
template struct BandPacking<ColumnPairs, 1, 2, 0>;
template struct BandPacking<Columns, 2, 1, 0>;
template struct BandPacking<TapMajor, 1, 1, 9>;
template struct BandPacking<PairsOfTaps, 1, 2, 2>;
template struct BandPacking<TapMajor, 2, 1, 2>;

}  // namespace bulwark::kernels::depthwise
