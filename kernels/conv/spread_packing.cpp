// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv/spread_packing.h"

#include "kernels/common/product_range.h"
#include "kernels/conv/lookup_tables.h"
#include "kernels/conv/winograd.h"

namespace bulwark::kernels::conv {
namespace {

/// Whether 4x16 tiles take fewer instructions than tiles of 4x4, about, for 4 pixels and all channels of a
/// group: spreading the rows pays where enough channels share it. Per quad of a tile; of 8 channels, where
/// there are such tiles, else as much; and of half of a step of 16 of a 4x4 tile, times 2.
bool words_pay(const LinearProblem& p, std::int64_t quad, std::int64_t quad_8_channels,
               std::int64_t half_step_twice) {
  const std::int64_t channels = p.out_c / p.groups, last = channels % 16,
                     quads = spread_quads(p, WordPairs::kLayout);
  const std::int64_t whole = channels / 16 + (last > 8), half = last > 0 && last <= 8;
  const std::int64_t spread =
      whole * (quad * quads + 105) + half * (quad_8_channels * quads + 65) + 7 * quads + 120;
  return spread <= (channels + 3) / 4 * ((p.depth() + 7) / 8 * half_step_twice / 2 + 85) + 160;
}

/// Whether tiles of 4 pixels are at most `percent` of the pixels.
bool pixels_fill(const LinearProblem& p, std::int64_t percent) {
  return (p.out_pixels() + 3) / 4 * 4 * 100 <= p.out_pixels() * percent;
}

/// Than lookups: where its tiles of 4x4 fill the output, or few channels share windows most of which touch
/// the padding.
bool winograd_is_quicker(const LinearProblem& p) {
  const bool filled = tile_problem(p).out_pixels() * 16 * 100 <= p.out_pixels() * 115;
  return winograd_supports(p) && (filled || p.out_c < (p.out_w < 12 ? 64 : 32));
}

}  // namespace

std::int32_t ByteChains::centre(const LinearProblem& p) { return centred_products(p, 127).centre; }
/// A step adds 2 products to a lane. With less than 3 steps a chain, adding pairs is as quick. A 16-bit lane
/// sums half of the depth.
bool ByteChains::exact(const LinearProblem& p) {
  const CentredProducts in_int8 = centred_products(p, 127);
  return in_int8.products >= 6 && products_in_int16(p, in_int8.centre) >= 4 * spread_steps(p) &&
         spread_pays(p, 150);
}

std::int32_t PairLookups::centre(const LinearProblem& p) { return p.in_lo + (p.in_hi - p.in_lo) / 2; }
/// A step adds 8 products to an 8-bit lane, and then to a 16-bit one, which sums the whole depth.
bool PairLookups::exact(const LinearProblem& p) {
  if (p.weight_lo < -2 || p.weight_hi > 1 || p.in_hi - p.in_lo >= kTableInputs) return false;
  const std::int32_t x0 = p.in_lo - centre(p), x1 = p.in_hi - centre(p);
  const bool short_sums =
      p.weight_sum * x1 <= 32767 || products_in_int16(x0, x1, p.weight_lo, p.weight_hi) >= p.depth();
  return short_sums && products_within(127, x0, x1, p.weight_lo, p.weight_hi) >= 8 && spread_pays(p, 190);
}
bool PairLookups::suits(const LinearProblem& p, CoreClass core) {
  return core == CoreClass::out_of_order && pixels_fill(p, 150) && !winograd_is_quicker(p);
}

std::int32_t BytePairs::centre(const LinearProblem& p) { return centred_products(p, 127).centre; }
/// A step adds 4 products to a 16-bit lane.
bool BytePairs::exact(const LinearProblem& p) {
  const CentredProducts in_int8 = centred_products(p, 127);
  return in_int8.products >= 2 && products_in_int16(p, in_int8.centre) >= 4 && spread_pays(p, 140);
}

/// Multiplications of 16 bytes take out-of-order cores two cycles: they save as little as the sums in wide
/// lanes cost, and only where all of them are needed.
bool BytePairs::suits(const LinearProblem& p, CoreClass core) {
  return core == CoreClass::in_order || (spread_pays(p, 110) && pixels_fill(p, 104));
}

std::int32_t WordChains::centre(const LinearProblem& p) { return centred_products(p, 32767).centre; }
/// A step adds 4 products to a lane. With less than 3 steps a chain, adding pairs directly is as quick.
bool WordChains::exact(const LinearProblem& p) {
  return centred_products(p, 32767).products >= 12 && spread_pays(p, 115);
}

bool WordPairs::exact(const LinearProblem& p) {
  return products_in_int16(p) >= 2 && words_pay(p, 53, 29, 55);
}

bool WordProducts::exact(const LinearProblem& p) {
  if (p.weight_format == WeightFormat::s9) return p.weight_hi - p.weight_lo <= 255;
  return words_pay(p, 69, 69, 71);
}

}  // namespace bulwark::kernels::conv
