// SPDX-License-Identifier: Apache-2.0
#include "kernels/depthwise/depthwise_packings.h"

#include "kernels/common/product_range.h"
#include "kernels/depthwise/band_rows.h"

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

/// Whether a channel with these constants keeps to kBounded, where v / 2^fraction_bits takes the place of v
/// as a sum. Narrows the weights to bytes in their place.
bool is_bounded(const LinearProblem& p, std::int16_t* weights, std::size_t taps, std::int32_t bias,
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
void put_channel(std::uint8_t* record, const std::int16_t* weights, std::size_t taps, std::size_t lane) {
  if constexpr (requires { Layout::kTaps; }) {
#pragma GCC unroll 9
    for (std::size_t t = 0; t < Layout::kTaps; ++t) {
      put(Layout{}, record, t, lane, static_cast<std::uint8_t>(weights[t]));
    }
  } else {
    for (std::size_t t = 0; t < taps; ++t)
      put(Layout{}, record, t, lane, static_cast<std::uint8_t>(weights[t]));
  }
}

template <typename Layout>
void pack_records(const LinearProblem& p, const LinearConstants& constants, std::int16_t* staging,
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

/// Turns the biases and multipliers of packed records to what the stages take.
template <typename Layout>
void finish_records(const LinearProblem& p, void* packed) {
  const std::int32_t f = p.fraction_bits;
  for (std::int64_t c = 0; c < p.out_c; c += kBlock) {
    std::uint8_t* record = static_cast<std::uint8_t*>(packed) + c / kBlock * record_size<Layout>(p);
    const bool bounded = (record[kPromises] & kBounded) != 0;
    for (std::size_t at = 0; at < 4 * kBlock; at += 4) {
      std::int32_t bias;
      float multiplier;
      std::memcpy(&bias, record + kBias + at, 4);
      std::memcpy(&multiplier, record + kMultiplier + at, 4);
      const std::int32_t start = (bias >> f) + (bounded ? kSumOffset : 0), low = bias & ((1 << f) - 1);
      const float unit = static_cast<float>(1 << f), part = static_cast<float>(low) / unit;
      multiplier *= bounded ? unit : 1;
      std::memcpy(record + kBias + at, &start, 4);
      std::memcpy(record + kMultiplier + at, &multiplier, 4);
      std::memcpy(record + kLow + at, bounded ? static_cast<const void*>(&part) : &low, 4);
    }
  }
}

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
  pack_records<TapMajor>(p, constants, staging, packed);
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
  pack_records<Layout>(p, constants, staging, packed);
  finish_records<Layout>(p, packed);
}
template struct BandPacking<ColumnPairs, 1, 2, 0>;
template struct BandPacking<Columns, 2, 1, 0>;
template struct BandPacking<TapMajor, 1, 1, 9>;
template struct BandPacking<PairsOfTaps, 1, 2, 2>;
template struct BandPacking<TapMajor, 2, 1, 2>;

}  // namespace bulwark::kernels::depthwise
