// SPDX-License-Identifier: Apache-2.0
// The loops around a register tile, shared by the matrix-product convolutions of all instruction sets.
//
// A Tile has
//   kShape, kPack                 its sizes and the layout of its constants (conv_blocks.h, tile_packing.h)
//   Tile(const LinearProblem&)    what all tiles of a call share
//   compute(rows, record, out, pixels, channels) const
//     rows[kShape.pixels], each with depth() bytes and kOverread readable behind; `out` is the address of the
//     first element of the first pixel; the first `pixels` rows and `channels` channels are stored.
// Each Tile belongs to one source file, so every instantiation is compiled for one instruction set only.
#pragma once

#include "kernels/common/linear_registry.h"
#include "kernels/conv/conv_blocks.h"
#include "kernels/conv/tile_packing.h"

namespace bulwark::kernels::conv {

template <typename Tile>
struct TiledConv {
  static std::size_t scratch_size(const LinearProblem& p) { return rows_scratch_size(p, Tile::kShape); }

  static std::int64_t work_items(const LinearProblem& p) { return blocking_of(p, Tile::kShape).items; }

  static void run(const LinearCall& call) {
    const LinearProblem& p = *call.problem;
    const Blocking blocking = blocking_of(p, Tile::kShape);
    const Tile tile(p);
    for (std::int64_t item = call.begin; item < call.end; ++item) {
      const Block block = block_at(p, Tile::kShape, blocking, item);
      run_block(call, tile, block, blocking.group_tiles, make_rows(call, Tile::kShape, blocking, block));
    }
  }

 private:
  /// Less than a tile of pixels; apart from the loop, whose registers it would take.
  [[gnu::noinline]] static void compute_last(const Tile& tile, const std::int8_t* const* rows,
                                             const std::uint8_t* record, std::uint8_t* out,
                                             std::int32_t pixels, std::int32_t channels) {
    tile.compute(rows, record, out, pixels, channels);
  }

  static void run_block(const LinearCall& call, const Tile& tile, const Block& block,
                        std::int32_t group_tiles, const std::int8_t* const* rows) {
    const LinearProblem& p = *call.problem;
    const std::size_t element = p.output == OutputType::f32 ? sizeof(float) : 1;
    const std::size_t record_bytes = static_cast<std::size_t>(record_size(p, Tile::kPack));
    const std::int32_t group_channels = p.out_c / p.groups;
    const auto* record = static_cast<const std::uint8_t*>(call.packed) +
                         (static_cast<std::size_t>(block.group) * static_cast<std::size_t>(group_tiles) +
                          static_cast<std::size_t>(block.first_tile)) *
                             record_bytes;
    const std::ptrdiff_t pixel_bytes =
        static_cast<std::ptrdiff_t>(static_cast<std::size_t>(p.out_c) * element);
    auto* output = static_cast<std::uint8_t*>(call.output) + block.first_pixel * pixel_bytes;
    for (std::int32_t t = block.first_tile; t < block.end_tile; ++t, record += record_bytes) {
      const std::int32_t first = t * Tile::kShape.channels;
      const std::int32_t left = group_channels - first;
      const std::int32_t channels = left < Tile::kShape.channels ? left : Tile::kShape.channels;
      std::uint8_t* out =
          output + (static_cast<std::size_t>(block.group) * static_cast<std::size_t>(group_channels) +
                    static_cast<std::size_t>(first)) *
                       element;
      const std::int8_t* const* row = rows;
      std::int32_t pixels = block.pixels;
      for (; pixels >= Tile::kShape.pixels; pixels -= Tile::kShape.pixels) {
        tile.compute(row, record, out, Tile::kShape.pixels, channels);
        row += Tile::kShape.pixels;
        out += Tile::kShape.pixels * pixel_bytes;
      }
      if (pixels > 0) compute_last(tile, row, record, out, pixels, channels);
    }
  }
};

}  // namespace bulwark::kernels::conv
