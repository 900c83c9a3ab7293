// SPDX-License-Identifier: Apache-2.0
// The loops of the kernels of spread_rows.h.
//
// A Tile has
//   Rule                                  of spread_packing.h
//   kBiased                               whether its sums start from the bias
//   kCentred                              whether inputs are re-centred
//   Tile(const LinearProblem&)            what all tiles of a call share
//   multiply(x, w, start, Sums4x16&) const
//     x: spread rows of 4 pixels, w: weights of a record, start: 16 values that sums start from if kBiased
//   narrow(x, w, record, out, pixel) const  if Rule::kLayout.narrow: the whole tile where sums fit 16 bits;
//                                         writes 16 bytes of each pixel, `pixel` bytes apart
//   kParts                                whether it has multiply() for
//     SpreadSums<4, 2>                    the first 8 channels, and
//     SpreadSums<1, 4> to <3, 4>          the first pixels
#pragma once

#include "kernels/conv/spread_output_neon.h"
#include "kernels/conv/spread_packing.h"
#include "kernels/conv/spread_writer_neon.h"

namespace bulwark::kernels::conv {

/// Calls each(block, blocking, spread rows of the block's pixels, whether they are other ones than those of
/// the call before).
template <typename Rule, bool kCentred, typename Each>
void for_spread_blocks(const LinearCall& call, Each each) {
  const LinearProblem& p = *call.problem;
  const Blocking blocking = blocking_of(p, kShape4x16);
  std::int8_t* const spread = static_cast<std::int8_t*>(call.scratch) + spread_scratch_offset(p);
  for (std::int64_t item = call.begin; item < call.end; ++item) {
    const Block block = block_at(p, kShape4x16, blocking, item);
    // The chunks of a block's channels follow one another and share its rows.
    const bool first = item == call.begin || item % blocking.chunks == 0;
    if (first) {
      SpreadWriter<Rule::kLayout.lanes, kCentred>(call, blocking, block, spread_quads(p, Rule::kLayout),
                                                  Rule::centre(p))
          .write(spread);
    }
    each(block, blocking, spread, first);
  }
}

template <typename Tile>
struct SpreadConv {
  using Rule = typename Tile::Rule;

  static std::size_t scratch_size(const LinearProblem& p) { return spread_scratch_size(p, Rule::kLayout); }
  static std::int64_t work_items(const LinearProblem& p) { return blocking_of(p, kShape4x16).items; }

  static void run(const LinearCall& call) {
    const LinearProblem& p = *call.problem;
    const Tile tile(p);
    const Output output(p);
    auto* const sums = spread_shift(p) == 0
                           ? nullptr
                           : reinterpret_cast<std::int32_t*>(static_cast<std::int8_t*>(call.scratch) +
                                                             spread_sums_offset(p, Rule::kLayout));
    for_spread_blocks<Rule, Tile::kCentred>(
        call, [&](const Block& block, const Blocking& blocking, const std::int8_t* spread, bool is_new) {
          if (is_new && sums != nullptr) sum_pixels(p, spread, block.pixels, sums);
          run_block(call, tile, output, block, blocking.group_tiles, spread, sums);
        });
  }

 private:
  using Output = SpreadOutput<Tile::kBiased>;

  static void run_block(const LinearCall& call, const Tile& tile, const Output& output, const Block& block,
                        std::int32_t group_tiles, const std::int8_t* spread, const std::int32_t* sums) {
    const LinearProblem& p = *call.problem;
    const std::ptrdiff_t element = p.output == OutputType::f32 ? sizeof(float) : 1;
    const std::int64_t record_bytes = spread_record_bytes(p, Rule::kLayout);
    const std::int32_t group_channels = p.out_c / p.groups;
    const auto* record = static_cast<const std::uint8_t*>(call.packed) +
                         (std::int64_t{block.group} * group_tiles + block.first_tile) * record_bytes;
    auto* out = static_cast<std::uint8_t*>(call.output) +
                (block.first_pixel * p.out_c + std::int64_t{block.group} * group_channels +
                 std::int64_t{16} * block.first_tile) *
                    element;
    for (std::int32_t t = block.first_tile; t < block.end_tile; ++t) {
      const std::int32_t left = group_channels - 16 * t;
      run_record(tile, output,
                 {spread, sums, record, out, block.pixels, left < 16 ? left : 16,
                  spread_tile_bytes(p, Rule::kLayout), p.out_c * element});
      record += record_bytes;
      out += 16 * element;
    }
  }

  /// Pixels of a block and the channels of a record.
  struct Part {
    const std::int8_t* x;
    const std::int32_t* sums;  ///< sum_pixels(), or null
    const std::uint8_t* record;
    std::uint8_t* out;
    std::int32_t pixels, channels;
    std::ptrdiff_t tile_bytes, pixel_bytes;  ///< of the spread rows, of the output
  };

  /// Channels that leave vectors of a tile empty go through smaller tiles, and so do the last pixels.
  static void run_record(const Tile& tile, const Output& output, const Part& part) {
    switch (output.mode(part.record)) {
      case SpreadMode::any:
        return run_vectors<SpreadMode::any>(tile, output, part);
      case SpreadMode::bounded:
        return run_vectors<SpreadMode::bounded>(tile, output, part);
      case SpreadMode::fraction:
        return run_vectors<SpreadMode::fraction>(tile, output, part);
      case SpreadMode::narrow:
        if constexpr (Rule::kLayout.narrow) run_narrow(tile, part);
        return;
      case SpreadMode::special:
        return run_vectors<SpreadMode::special>(tile, output, part);
    }
  }
  template <SpreadMode kMode>
  static void run_vectors(const Tile& tile, const Output& output, const Part& part) {
    if constexpr (Tile::kParts) {
      if (part.channels <= 8) return run_tiles<kMode, 2>(tile, output, part);
    }
    run_tiles<kMode, 4>(tile, output, part);
  }

  // `tile` and `output` are copies: members of what lies elsewhere are read again behind every store.
  template <SpreadMode kMode, int kVectors>
  [[gnu::noinline]] static void run_tiles(Tile tile, Output output, const Part& part) {
    const std::uint8_t* const record = part.record;
    const std::uint8_t* const start = output.template start<kMode>(record);
    const std::ptrdiff_t tile_bytes = part.tile_bytes, out_step = 4 * part.pixel_bytes;
    const std::int32_t channels = part.channels;
    const std::int8_t* x = part.x;
    const std::int32_t* pixel_sums = part.sums;
    std::uint8_t* out = part.out;
    std::int32_t pixels = part.pixels;
    for (; pixels >= 4; pixels -= 4, x += tile_bytes, out += out_step) {
      SpreadSums<4, kVectors> sums;
      tile.multiply(x, record + kSpreadHeader, start, sums);
      if (Rule::kNineBits && pixel_sums != nullptr) {
        add_pixels(sums, pixel_sums);
        pixel_sums += 4;
      }
      output.template store<kMode, 4, kVectors>(sums, record, out, channels);
    }
    if (pixels == 0) return;
    Part last = part;
    last.x = x;
    last.sums = pixel_sums;
    last.out = out;
    if (pixels == 3) return run_last<kMode, 3>(tile, output, last);
    if (pixels == 2) return run_last<kMode, 2>(tile, output, last);
    run_last<kMode, 1>(tile, output, last);
  }

  /// spread_shift() times the sum of each pixel's inputs.
  [[gnu::noinline]] static void sum_pixels(const LinearProblem& p, const std::int8_t* spread,
                                           std::int32_t pixels, std::int32_t* sums) {
    // Every input is there four times.
    alignas(16) static constexpr std::int8_t kTaps[16] = {0, 1, 0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3, 2, 3};
    const auto rest = static_cast<std::int8_t>(p.depth() % 4);
    const uint8x16_t in_rest = vcltq_s8(vld1q_s8(kTaps), vdupq_n_s8(rest));
    for (std::int32_t i = 0; i < pixels; ++i) {
      const std::int8_t* x = spread + i / 4 * spread_tile_bytes(p, Rule::kLayout) + i % 4 * 16;
      int32x4_t sum = vdupq_n_s32(0);
      for (std::int64_t q = 0; q < p.depth() / 4; ++q, x += kQuadBytes) {
        sum = vpadalq_s16(sum, vpaddlq_s8(vld1q_s8(x)));
      }
      if (rest != 0) sum = vpadalq_s16(sum, vpaddlq_s8(vandq_s8(vld1q_s8(x), vreinterpretq_s8_u8(in_rest))));
      sums[i] = vaddvq_s32(sum) / 4 * spread_shift(p);
    }
  }

  template <int kPixels, int kVectors>
  [[gnu::always_inline]] static inline void add_pixels(SpreadSums<kPixels, kVectors>& s,
                                                       const std::int32_t* sums) {
    for (int i = 0; i < kPixels; ++i) {
      for (auto& sum : s[i]) sum = vaddq_s32(sum, vld1q_dup_s32(sums + i));
    }
  }

  /// Less than 4 pixels.
  template <SpreadMode kMode, int kPixels>
  [[gnu::noinline]] static void run_last(Tile tile, Output output, const Part& part) {
    SpreadSums<kPixels, 4> sums;
    if constexpr (Tile::kParts) {
      tile.multiply(part.x, part.record + kSpreadHeader, output.template start<kMode>(part.record), sums);
    } else {
      Sums4x16 all;
      tile.multiply(part.x, part.record + kSpreadHeader, output.template start<kMode>(part.record), all);
      for (int i = 0; i < kPixels; ++i) {
        for (int j = 0; j < 4; ++j) sums[i][j] = all[i][j];
      }
    }
    if (Rule::kNineBits && part.sums != nullptr) add_pixels(sums, part.sums);
    output.template store<kMode, kPixels, 4>(sums, part.record, part.out, part.channels);
  }

  /// Tiles that lack pixels or channels go through a buffer.
  [[gnu::noinline]] static void run_narrow(Tile tile, const Part& part) {
    const std::uint8_t* const record = part.record;
    const std::ptrdiff_t pixel = part.pixel_bytes, tile_bytes = part.tile_bytes;
    const std::int8_t* x = part.x;
    std::uint8_t* out = part.out;
    std::int32_t pixels = part.pixels;
    if (part.channels == 16) {
      for (; pixels >= 4; pixels -= 4, x += tile_bytes, out += 4 * pixel) {
        tile.narrow(x, record + kSpreadHeader, record, out, pixel);
      }
    }
    for (; pixels > 0; pixels -= 4, x += tile_bytes) {
      std::uint8_t whole[64];
      tile.narrow(x, record + kSpreadHeader, record, whole, 16);
      for (std::int32_t i = 0; i < pixels && i < 4; ++i, out += pixel) {
        store_first(reinterpret_cast<std::int8_t*>(out),
                    vld1q_s8(reinterpret_cast<const std::int8_t*>(whole) + 16 * i),
                    static_cast<std::size_t>(part.channels));
      }
    }
  }
};

}  // namespace bulwark::kernels::conv
