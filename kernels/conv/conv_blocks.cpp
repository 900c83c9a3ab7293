// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv/conv_blocks.h"

#include <algorithm>

namespace bulwark::kernels::conv {
namespace {

/// Rows of a block should stay in the first cache while all weights pass by.
constexpr std::int64_t kBlockBytes = 16 * 1024, kCopiesBytes = 20 * 1024;
/// Of the output: what a tile of channels writes to in each pixel.
constexpr std::int64_t kLineBytes = 64;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// Copies are made for a whole block, and weights that do not stay in the first cache come from the second
/// one for every block: few blocks, as large as the first cache holds beside a tile of channels, with ranges
/// of channels as work items.
std::int64_t pixels_of_copies(const LinearProblem& p, TileShape tile) {
  const std::int64_t room = kCopiesBytes - tile.channels * p.depth();
  const std::int64_t cached =
      std::max<std::int64_t>(tile.pixels, room / (tile.copies * p.depth() + kLineBytes));
  return ceil_div(p.out_pixels(), ceil_div(p.out_pixels(), cached));
}

}  // namespace

Blocking blocking_of(const LinearProblem& p, TileShape tile) {
  if (tile.copies > 1) return blocking_of(p, tile, pixels_of_copies(p, tile));
  const std::int64_t cached = std::max<std::int64_t>(tile.pixels, kBlockBytes / (p.depth() + kOverread));
  return blocking_of(p, tile, std::min(cached, ceil_div(p.out_pixels(), kWantedItems)));
}

Blocking blocking_of(const LinearProblem& p, TileShape tile, std::int64_t pixels) {
  Blocking b;
  b.block_pixels = static_cast<std::int32_t>(ceil_div(pixels, tile.pixels)) * tile.pixels;
  b.pixel_blocks = ceil_div(p.out_pixels(), b.block_pixels);
  b.group_tiles = static_cast<std::int32_t>(ceil_div(p.out_c / p.groups, tile.channels));
  const std::int64_t wanted_chunks = ceil_div(kWantedItems, b.pixel_blocks * p.groups);
  b.chunk_tiles = static_cast<std::int32_t>(ceil_div(b.group_tiles, wanted_chunks));
  b.chunks = static_cast<std::int32_t>(ceil_div(b.group_tiles, b.chunk_tiles));
  b.items = b.pixel_blocks * p.groups * b.chunks;
  return b;
}

Block block_at(const LinearProblem& p, TileShape, const Blocking& b, std::int64_t item) {
  const std::int32_t chunk = static_cast<std::int32_t>(item % b.chunks);
  const std::int64_t rest = item / b.chunks;
  Block block;
  block.group = static_cast<std::int32_t>(rest % p.groups);
  block.first_pixel = rest / p.groups * b.block_pixels;
  block.pixels =
      static_cast<std::int32_t>(std::min<std::int64_t>(b.block_pixels, p.out_pixels() - block.first_pixel));
  block.first_tile = chunk * b.chunk_tiles;
  block.end_tile = std::min(block.first_tile + b.chunk_tiles, b.group_tiles);
  return block;
}

}  // namespace bulwark::kernels::conv
