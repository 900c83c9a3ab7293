// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv/winograd.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "kernels/common/product_range.h"
#include "kernels/common/weights.h"

namespace bulwark::kernels::conv {
namespace {

constexpr std::int64_t kMaxScratch = std::int64_t{1} << 22;

/// Input channels of which the largest sum, times 64, fits int32.
std::int64_t exact_channels(const LinearProblem& p) {
  const std::int64_t x = std::max(std::abs(p.in_lo), std::abs(p.in_hi)),
                     w = std::max(std::abs(p.weight_lo), std::abs(p.weight_hi));
  return INT32_MAX / (64 * 9 * std::max<std::int64_t>(x * w, 1));
}

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// About as many instructions as the transform takes: per tile the multiplications (4 tiles at a time), the
/// transforms, the copy of a window at an edge; and the weights on their way from memory.
std::int64_t winograd_cost(const LinearProblem& p) {
  const LinearProblem tiles = tile_problem(p);
  const std::int64_t steps = winograd_steps(p), records = winograd_records(p);
  const std::int64_t multiply = records * kWinogradPlaces * (35 * steps + 12);
  const std::int64_t parts = ceil_div(steps, winograd_part_steps(p));
  const std::int64_t transforms = 375 * steps + 85 * p.out_c * parts + 300;
  return tiles.out_pixels() * (multiply + transforms) +
         records * kWinogradPlaces * winograd_place_weights(p) / 4;
}

/// The same of the matrix products of the other kernels, in 1/1000 per multiplication: those of narrow
/// operands (kernels/conv/conv_s4_s4_4x16_neon.cpp and so on) widen sums seldom.
std::int64_t product_cost(const LinearProblem& p) {
  const std::int32_t in_byte = centred_products(p, 127).products;
  if (in_byte >= 4) return 120;
  if (in_byte >= 2) return 145;
  return centred_products(p, 32767).products >= 12 ? 170 : 200;
}

bool pays(const LinearProblem& p) {
  // Of an output, and of an input in the windows that matrix products read: few channels share it.
  constexpr std::int64_t kOutputCost = 10000, kWindowCost = 1500;
  const std::int64_t output = p.depth() * product_cost(p) + kOutputCost, window = p.depth() * kWindowCost;
  return winograd_cost(p) <= p.out_pixels() * (p.out_c * output + window) / 1000 * 4 / 5;
}

/// G g for three numbers that are `step` apart.
template <typename T>
void transform_three(const T* g, std::size_t step, std::int32_t* out, std::size_t out_step) {
  const std::int32_t a = g[0], b = g[step], c = g[2 * step];
  out[0] = 6 * a;
  out[out_step] = a + b + c;
  out[2 * out_step] = a - b + c;
  out[3 * out_step] = a + 2 * b + 4 * c;
  out[4 * out_step] = a - 2 * b + 4 * c;
  out[5 * out_step] = 6 * c;
}

/// The weights of one pair of channels: taps are `step` apart, places `place_step` elements.
void transform_weights(const std::int16_t* w, std::size_t step, std::int16_t* out, std::size_t place_step) {
  std::int32_t columns[6 * 3], places[kWinogradPlaces];
  for (std::size_t x = 0; x < 3; ++x) transform_three(w + x * step, 3 * step, columns + x, 3);
  for (std::size_t y = 0; y < 6; ++y) transform_three(columns + 3 * y, 1, places + 6 * y, 1);
  for (std::size_t i = 0; i < static_cast<std::size_t>(kWinogradPlaces); ++i) {
    out[i * place_step] = static_cast<std::int16_t>(places[i]);
  }
}

}  // namespace

std::int64_t winograd_part_steps(const LinearProblem& p) {
  if (exact_channels(p) >= p.in_c) return winograd_steps(p);
  // At least 114 channels: 9-bit weights.
  const std::int64_t most = exact_channels(p) / kWinogradDepth;
  return ceil_div(winograd_steps(p), ceil_div(winograd_steps(p), most));
}

LinearProblem tile_problem(const LinearProblem& p) {
  LinearProblem tiles = p;
  tiles.kernel_h = tiles.kernel_w = kWinogradWindow;
  tiles.stride_h = tiles.stride_w = kWinogradTile;
  tiles.out_h = (p.out_h + kWinogradTile - 1) / kWinogradTile;
  tiles.out_w = (p.out_w + kWinogradTile - 1) / kWinogradTile;
  return tiles;
}

Blocking winograd_blocking(const LinearProblem& tiles) {
  // All weights pass by for each block, whose inputs and sums should stay in the second cache.
  constexpr std::int64_t kBlockBytes = 160 * 1024;
  const std::int64_t tile_bytes =
      kWinogradPlaces * (static_cast<std::int64_t>(sizeof(std::int16_t)) * tiles.in_c +
                         static_cast<std::int64_t>(sizeof(std::int32_t)) * kWinogradChannels);
  const std::int64_t tile_count = tiles.out_pixels();
  std::int64_t pixels = std::clamp<std::int64_t>(kBlockBytes / tile_bytes, 1, tile_count);
  // Where the weights do not stay there, threads had better divide the channels.
  if (winograd_records(tiles) * winograd_record_bytes(tiles) <= kBlockBytes) {
    pixels = std::min(pixels, ceil_div(tile_count, kWantedItems));
  }
  return blocking_of(tiles, kWinogradShape, pixels);
}

WinogradScratch winograd_scratch(const LinearProblem& p) {
  const LinearProblem tiles = tile_problem(p);
  const std::int64_t groups = winograd_blocking(tiles).block_pixels / kWinogradGroup;
  WinogradScratch s;
  // Loads run ahead by a step.
  s.sums = (groups * winograd_steps(p) + 1) * kWinogradStep * static_cast<std::int64_t>(sizeof(std::int16_t));
  s.window = s.sums + groups * kWinogradSums * static_cast<std::int64_t>(sizeof(std::int32_t));
  s.parts = s.window + ceil_div(tiles.depth() + kOverread, 64) * 64;
  s.size = s.parts;
  if (winograd_part_steps(p) < winograd_steps(p)) {
    s.size += groups * kWinogradGroup * kWinogradParts * static_cast<std::int64_t>(sizeof(std::int32_t));
  }
  return s;
}

bool winograd_supports(const LinearProblem& p) {
  const bool shape = p.kernel_h == 3 && p.kernel_w == 3 && p.stride_h == 1 && p.stride_w == 1 &&
                     p.dilation_h == 1 && p.dilation_w == 1 && p.groups == 1;
  return shape && pays(p) && winograd_scratch(p).size <= kMaxScratch &&
         winograd_records(p) * winograd_record_bytes(p) <= kWinogradWeights;
}

std::size_t winograd_packed_size(const LinearProblem& p) {
  return saturated_size(static_cast<std::uint64_t>(winograd_records(p)) *
                            static_cast<std::uint64_t>(winograd_record_bytes(p)) +
                        static_cast<std::uint64_t>(kWinogradSlack));
}

void pack_winograd_weights(const LinearProblem& p, const LinearConstants& constants, bool pairs,
                           std::int16_t* staging, void* packed) {
  const std::size_t depth = static_cast<std::size_t>(p.depth()), in_c = static_cast<std::size_t>(p.in_c);
  const std::size_t row_bytes = static_cast<std::size_t>(weight_row_bytes(p.weight_format, depth));
  const std::size_t record_bytes = static_cast<std::size_t>(winograd_record_bytes(p));
  const std::size_t place_weights = static_cast<std::size_t>(winograd_place_weights(p));
  constexpr std::size_t kLanes = kWinogradChannels;
  const std::size_t unit = pairs ? 2 : 1;
  std::memset(packed, 0, winograd_packed_size(p));
  for (std::size_t channel = 0; channel < static_cast<std::size_t>(p.out_c); ++channel) {
    auto* record = static_cast<std::uint8_t*>(packed) + channel / kLanes * record_bytes;
    unpack_weight_row(p.weight_format, constants.weights + channel * row_bytes, depth, staging);
    auto* weights = reinterpret_cast<std::int16_t*>(record + kWinogradHeader) + channel % kLanes * unit;
    for (std::size_t c = 0; c < in_c; ++c) {
      transform_weights(staging + c, in_c, weights + c / unit * kLanes * unit + c % unit, place_weights);
    }
  }
}

}  // namespace bulwark::kernels::conv
