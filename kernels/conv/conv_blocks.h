// SPDX-License-Identifier: Apache-2.0
// How a convolution is cut into matrix products: every output pixel is a row of depth() input bytes, every
// output channel a row of as many weights.
//
// A work item is a block of pixels times a range of channels of one group. The rows of a block lie in the
// input itself (1x1 kernels without padding) or are gathered into the thread's scratch, so that no more than
// one block is ever copied. Rows may be read, but not used, up to kOverread bytes behind their end.
#pragma once

#include "kernels/common/linear.h"

namespace bulwark::kernels::conv {

inline constexpr std::int64_t kOverread = 32;

/// Enough work items for the threads of small devices.
inline constexpr std::int64_t kWantedItems = 8;

/// Sizes of the tile a kernel holds in registers.
struct TileShape {
  std::int32_t pixels;
  std::int32_t channels;
  std::int32_t copies = 1;  ///< of an input, in the rows that a tile reads
};

/// A range of the output.
struct Block {
  std::int64_t first_pixel;
  std::int32_t pixels;
  std::int32_t group;
  std::int32_t first_tile, end_tile;  ///< channel tiles of the group
};

/// The cut of one problem.
struct Blocking {
  std::int64_t pixel_blocks;
  std::int32_t block_pixels;  ///< a multiple of the tile's
  std::int32_t group_tiles;   ///< channel tiles of a group
  std::int32_t chunk_tiles;   ///< channel tiles of a work item
  std::int32_t chunks;        ///< of a group
  std::int64_t items;
};
Blocking blocking_of(const LinearProblem& problem, TileShape tile);
/// The same for blocks of `pixels`, rounded up to whole tiles.
Blocking blocking_of(const LinearProblem& problem, TileShape tile, std::int64_t pixels);
Block block_at(const LinearProblem& problem, TileShape tile, const Blocking& blocking, std::int64_t item);

/// Whether a block's rows fit the scratch that a kernel may ask for.
bool rows_fit(const LinearProblem& problem, TileShape tile);
std::size_t rows_scratch_size(const LinearProblem& problem, TileShape tile);

/// Makes the rows of a block: one pointer for each pixel, the last one repeated up to a whole tile.
const std::int8_t* const* make_rows(const LinearCall& call, TileShape tile, const Blocking& blocking,
                                    const Block& block);

/// Copies the window of one output pixel: depth() bytes, those outside the input with the padding's value,
/// and up to kOverread bytes behind them of no meaning.
void copy_window(const LinearCall& call, std::int32_t group, std::int64_t batch, std::int32_t y,
                 std::int32_t x, std::int8_t* out);

}  // namespace bulwark::kernels::conv
