// SPDX-License-Identifier: Apache-2.0
// The loops and the output stage of the kernels of spread_rows.h.
//
// A Tile has
//   kLayout                               of its rows and weights
//   exact(const LinearProblem&)           whether its arithmetic is exact and quicker than the next kernel's
//   centre(const LinearProblem&)
//   Tile(const LinearProblem&)            what all tiles of a call share
//   multiply(x, w, Sums4x16&) const       x: spread rows of 4 pixels, w: weights of a record
#pragma once

#include "kernels/common/requantize_neon.h"
#include "kernels/conv/spread_rows.h"

namespace bulwark::kernels::conv {

/// The sums of a tile: [pixel][quarter of the channels].
using Sums4x16 = int32x4_t[4][4];

class Output4x16 {
 public:
  explicit Output4x16(const LinearProblem& p)
      : pixel_(p.out_c),
        is_float_(p.output == OutputType::f32),
        has_fraction_(p.fraction_bits != 0),
        shift_(vdupq_n_s32(p.fraction_bits)),
        zero_point_(vdupq_n_s16(static_cast<std::int16_t>(p.zero_point))) {}

  [[gnu::always_inline]] inline void store(Sums4x16& s, const std::uint8_t* record, std::uint8_t* out,
                                           std::int32_t pixels, std::int32_t channels) const {
    if (has_fraction_) {
      for (auto& pixel : s) {
        for (int j = 0; j < 4; ++j) pixel[j] = vshlq_s32(pixel[j], shift_);
      }
    }
    for (auto& pixel : s) {
      for (int j = 0; j < 4; ++j)
        pixel[j] = vaddq_s32(pixel[j], vld1q_s32(reinterpret_cast<const std::int32_t*>(record) + 4 * j));
    }
    if (is_float_) {
      store_floats(s, record, out, pixels, channels);
      return;
    }
    float32x4_t multiplier[4];
    for (int j = 0; j < 4; ++j)
      multiplier[j] = vld1q_f32(reinterpret_cast<const float*>(record + kSpreadMultiplier) + 4 * j);
    const int8x16_t lo = vreinterpretq_s8_u8(vld1q_u8(record + kSpreadLo)),
                    hi = vreinterpretq_s8_u8(vld1q_u8(record + kSpreadHi));
    int8x16_t y[4];
    for (int i = 0; i < 4; ++i) {
      int32x4_t r[4];
      for (int j = 0; j < 4; ++j) r[j] = scale_and_round(s[i][j], multiplier[j]);
      y[i] = narrow_and_clamp(r[0], r[1], r[2], r[3], zero_point_, lo, hi);
    }
    if (pixels == 4 && channels == 16) {
      for (int i = 0; i < 4; ++i, out += pixel_) vst1q_u8(out, vreinterpretq_u8_s8(y[i]));
    } else {
      store_part(y, out, pixels, channels);
    }
  }

 private:
  [[gnu::noinline]] void store_part(const int8x16_t* y, std::uint8_t* out, std::int32_t pixels,
                                    std::int32_t channels) const {
    for (std::int32_t i = 0; i < pixels; ++i, out += pixel_) {
      store_first(reinterpret_cast<std::int8_t*>(out), y[i], static_cast<std::size_t>(channels));
    }
  }

  [[gnu::noinline]] void store_floats(const Sums4x16& s, const std::uint8_t* record, std::uint8_t* out,
                                      std::int32_t pixels, std::int32_t channels) const {
    float32x4_t multiplier[4];
    for (int j = 0; j < 4; ++j)
      multiplier[j] = vld1q_f32(reinterpret_cast<const float*>(record + kSpreadMultiplier) + 4 * j);
    auto* to = reinterpret_cast<float*>(out);
    for (std::int32_t i = 0; i < pixels; ++i, to += pixel_) {
      std::int32_t left = channels;
      for (int j = 0; j < 4 && left > 0; ++j, left -= 4) {
        const float32x4_t y = vmulq_f32(vcvtq_f32_s32(s[i][j]), multiplier[j]);
        if (left >= 4) {
          vst1q_f32(to + 4 * j, y);
        } else {
          store_first(to + 4 * j, y, static_cast<std::size_t>(left));
        }
      }
    }
  }

  std::ptrdiff_t pixel_;
  bool is_float_, has_fraction_;
  int32x4_t shift_;
  int16x8_t zero_point_;
};

/// Writes the rows of 4 pixels, reading up to 15 bytes behind the end of each.
template <SpreadLanes kLanes>
void spread_rows(const std::int8_t* const* rows, std::int64_t depth, std::int32_t centre, std::int8_t* out) {
  constexpr bool kBytes = kLanes == SpreadLanes::byte_lanes;
  alignas(16) static constexpr std::uint8_t kIndices[16] = {0,
                                                            1,
                                                            kBytes ? 2 : 0,
                                                            kBytes ? 3 : 1,
                                                            0,
                                                            1,
                                                            kBytes ? 2 : 0,
                                                            kBytes ? 3 : 1,
                                                            kBytes ? 0 : 2,
                                                            kBytes ? 1 : 3,
                                                            2,
                                                            3,
                                                            kBytes ? 0 : 2,
                                                            kBytes ? 1 : 3,
                                                            2,
                                                            3};
  uint8x16_t index[4];
  for (int i = 0; i < 4; ++i)
    index[i] = vaddq_u8(vld1q_u8(kIndices), vdupq_n_u8(static_cast<std::uint8_t>(4 * i)));
  const int8x16_t middle = vdupq_n_s8(static_cast<std::int8_t>(centre));
  const std::int8_t *x0 = rows[0], *x1 = rows[1], *x2 = rows[2], *x3 = rows[3];
  for (std::int64_t k = 0; k < depth; k += 16) {
    const int8x16_t a = vsubq_s8(vld1q_s8(x0 + k), middle), b = vsubq_s8(vld1q_s8(x1 + k), middle);
    const int8x16_t c = vsubq_s8(vld1q_s8(x2 + k), middle), d = vsubq_s8(vld1q_s8(x3 + k), middle);
    for (int i = 0; i < 4; ++i, out += 64) {
      vst1q_s8(out, vqtbl1q_s8(a, index[i]));
      vst1q_s8(out + 16, vqtbl1q_s8(b, index[i]));
      vst1q_s8(out + 32, vqtbl1q_s8(c, index[i]));
      vst1q_s8(out + 48, vqtbl1q_s8(d, index[i]));
    }
  }
}

template <typename Tile>
struct SpreadConv {
  static bool supports(const LinearProblem& p) {
    return p.weight_format != WeightFormat::s9 && Tile::exact(p) && spread_fits(p);
  }
  static std::size_t packed_size(const LinearProblem& p) { return spread_packed_size(p); }
  static void pack(const LinearProblem& p, const LinearConstants& constants, std::int16_t* staging,
                   void* packed) {
    pack_spread(p, constants, Tile::kLayout, Tile::centre(p), staging, packed);
  }
  static std::size_t scratch_size(const LinearProblem& p) { return spread_scratch_size(p); }
  static std::int64_t work_items(const LinearProblem& p) { return blocking_of(p, kShape4x16).items; }

  static void run(const LinearCall& call) {
    const LinearProblem& p = *call.problem;
    const Blocking blocking = blocking_of(p, kShape4x16);
    const Tile tile(p);
    const Output4x16 output(p);
    std::int8_t* const spread = static_cast<std::int8_t*>(call.scratch) + spread_scratch_offset(p);
    for (std::int64_t item = call.begin; item < call.end; ++item) {
      const Block block = block_at(p, kShape4x16, blocking, item);
      // The chunks of a block's channels follow one another and share its rows.
      if (item == call.begin || item % blocking.chunks == 0) {
        const std::int8_t* const* rows = make_rows(call, kShape4x16, blocking, block);
        std::int8_t* out = spread;
        for (std::int32_t i = 0; i < block.pixels; i += 4, out += spread_tile_bytes(p)) {
          spread_rows<Tile::kLayout.lanes>(rows + i, p.depth(), Tile::centre(p), out);
        }
      }
      run_block(call, tile, output, block, blocking.group_tiles, spread);
    }
  }

 private:
  static void run_block(const LinearCall& call, const Tile& tile, const Output4x16& output,
                        const Block& block, std::int32_t group_tiles, const std::int8_t* spread) {
    const LinearProblem& p = *call.problem;
    const std::ptrdiff_t element = p.output == OutputType::f32 ? sizeof(float) : 1;
    const std::int64_t record_bytes = spread_record_bytes(p), tile_bytes = spread_tile_bytes(p);
    const std::int32_t group_channels = p.out_c / p.groups;
    const std::ptrdiff_t pixel_bytes = p.out_c * element;
    const auto* record = static_cast<const std::uint8_t*>(call.packed) +
                         (std::int64_t{block.group} * group_tiles + block.first_tile) * record_bytes;
    for (std::int32_t t = block.first_tile; t < block.end_tile; ++t, record += record_bytes) {
      const std::int32_t channels = group_channels - 16 * t < 16 ? group_channels - 16 * t : 16;
      auto* out = static_cast<std::uint8_t*>(call.output) + block.first_pixel * pixel_bytes +
                  (std::int64_t{block.group} * group_channels + 16 * t) * element;
      const std::int8_t* x = spread;
      for (std::int32_t left = block.pixels; left > 0; left -= 4, x += tile_bytes, out += 4 * pixel_bytes) {
        Sums4x16 sums;
        tile.multiply(x, record + kSpreadHeader, sums);
        output.store(sums, record, out, left < 4 ? left : 4, channels);
      }
    }
  }
};

}  // namespace bulwark::kernels::conv
