// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv/conv_packings.h"

#include <cstring>

#include "kernels/common/product_range.h"
#include "kernels/conv/dot_rows.h"

namespace bulwark::kernels::conv {

template <std::int32_t kPixels, std::int32_t kProducts>
bool TilePacking<kPixels, kProducts>::supports(const LinearProblem& p) {
  return p.weight_format != WeightFormat::s9 && products_in_int16(p) >= kProducts && rows_fit(p, kShape);
}
template <std::int32_t kPixels, std::int32_t kProducts>
std::size_t TilePacking<kPixels, kProducts>::packed_size(const LinearProblem& p) {
  return saturated_size(tiles_size(p, kPack));
}
template <std::int32_t kPixels, std::int32_t kProducts>
void TilePacking<kPixels, kProducts>::pack(const LinearProblem& p, const LinearConstants& constants,
                                           std::int16_t* staging, void* packed) {
  pack_tiles(p, constants, kPack, staging, packed);
}
template struct TilePacking<4, 11>;  // below 5 steps a chain, adding pairs directly is as quick
template struct TilePacking<4, 2>;
template struct TilePacking<4, 1>;
template struct TilePacking<2, 1>;

template <std::int32_t kUnit, std::int32_t kCopies>
bool DotPacking<kUnit, kCopies>::supports(const LinearProblem& p) {
  return p.weight_format != WeightFormat::s9 && dot_rows_fit(p, kUnit);
}
template <std::int32_t kUnit, std::int32_t kCopies>
std::size_t DotPacking<kUnit, kCopies>::packed_size(const LinearProblem& p) {
  return saturated_size(dot_packed_bytes(p, kLayout));
}
template <std::int32_t kUnit, std::int32_t kCopies>
void DotPacking<kUnit, kCopies>::pack(const LinearProblem& p, const LinearConstants& constants,
                                      std::int16_t* staging, void* packed) {
  pack_dot(p, constants, kLayout, staging, packed);
}
template <std::int32_t kUnit, std::int32_t kCopies>
bool DotPacking<kUnit, kCopies>::matches(const LinearProblem& p, const LinearConstants& constants,
                                         std::int16_t* staging, void* spare, const void* packed) {
  return dot_matches(p, constants, kLayout, staging, spare, packed);
}
template struct DotPacking<4, 1>;
template struct DotPacking<8, 2>;

template <typename Rule>
bool SpreadPacking<Rule>::supports(const LinearProblem& p) {
  return (Rule::kNineBits || p.weight_format != WeightFormat::s9) && Rule::exact(p) &&
         spread_fits(p, Rule::kLayout);
}
template <typename Rule>
std::size_t SpreadPacking<Rule>::packed_size(const LinearProblem& p) {
  return spread_packed_size(p, Rule::kLayout);
}
template <typename Rule>
void SpreadPacking<Rule>::pack(const LinearProblem& p, const LinearConstants& constants,
                               std::int16_t* staging, void* packed) {
  pack_spread(p, constants, Rule::kLayout, Rule::centre(p), staging, packed);
}
template <typename Rule>
bool SpreadPacking<Rule>::matches(const LinearProblem& p, const LinearConstants& constants,
                                  std::int16_t* staging, void* spare, const void* packed) {
  return spread_matches(p, constants, Rule::kLayout, Rule::centre(p), staging, spare, packed);
}
template struct SpreadPacking<ByteChains>;
template struct SpreadPacking<PairLookups>;
template struct SpreadPacking<BytePairs>;
template struct SpreadPacking<WordChains>;
template struct SpreadPacking<WordPairs>;
template struct SpreadPacking<WordProducts>;

bool WinogradNeonPacking::supports(const LinearProblem& p) { return winograd_supports(p); }
std::size_t WinogradNeonPacking::packed_size(const LinearProblem& p) { return winograd_packed_size(p); }
void WinogradNeonPacking::pack(const LinearProblem& p, const LinearConstants& constants,
                               std::int16_t* staging, void* packed) {
  pack_winograd_weights(p, constants, false, staging, packed);
  for (std::int32_t c = 0; c < p.out_c; ++c) {
    const auto channel = static_cast<std::size_t>(c), lane = channel % 4;
    std::uint8_t* header = static_cast<std::uint8_t*>(packed) +
                           c / kWinogradChannels * winograd_record_bytes(p) +
                           c % kWinogradChannels / 4 * kWinogradQuarter;
    std::memcpy(header + 4 * lane, constants.bias + channel, 4);
    std::memcpy(header + 16 + 4 * lane, constants.multiplier + channel, 4);
    if (p.output != OutputType::s8) continue;
    for (std::size_t i = lane; i < 16; i += 4) {
      header[32 + i] = static_cast<std::uint8_t>(constants.lo[channel]);
      header[48 + i] = static_cast<std::uint8_t>(constants.hi[channel]);
    }
  }
}

}  // namespace bulwark::kernels::conv
