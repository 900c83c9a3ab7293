// SPDX-License-Identifier: Apache-2.0
// The loops around the register tiles with dot product instructions, 4 pixels times 16 channels (8 where a
// group's last tile has no more), and their output stage.
//
// A Tile has
//   static constexpr DotLayout kLayout
//   static constexpr int kSmall       pixels of the small tile: what is left of a block's, so many at a time
//   template <int kPixels, int kChannels> static void multiply(DotInputs, Sums&)
//                                     kPixels is 4 or kSmall; Sums = int32x4_t[kPixels * kChannels / 4]
//   template <int kChannels> static void in_order(const int8x16_t* narrow, int8x16_t* y)
//                                     the bytes of 16 sums' lanes each, pixel after pixel
//   template <int kChannels> static int32x4_t four(const int32x4_t* sums, int pixel, int j)
//                                     the sums of channels 4 * j and on of a pixel
// Each belongs to one source file, so every instantiation is compiled for one instruction set only.
#pragma once

#include <algorithm>

#include "kernels/common/bounded_sums_neon.h"
#include "kernels/common/linear_registry.h"
#include "kernels/common/requantize_neon.h"
#include "kernels/conv/dot_packing.h"
#include "kernels/conv/dot_rows.h"

namespace bulwark::kernels::conv {

/// What a tile's sums are made from.
struct DotInputs {
  const std::int8_t* const* pixels;
  const std::uint8_t* weights;
  const std::int32_t* start;  ///< what the sums of a pixel (two pixels where there are two copies) start from
  std::int64_t run, runs, skip;  ///< bytes; their number; from the end of one to the next
};

template <typename Tile>
class DotConv {
 public:
  static std::size_t scratch_size(const LinearProblem& p) { return dot_scratch_size(p, Tile::kLayout.unit); }
  static std::int64_t work_items(const LinearProblem& p) { return dot_blocking(p).items; }

  static void run(const LinearCall& call) {
    const Blocking blocking = dot_blocking(*call.problem);
    for (std::int64_t item = call.begin; item < call.end; ++item) {
      const Block block = block_at(*call.problem, kDotShape, blocking, item);
      run_block(call, block, make_dot_rows(call, Tile::kLayout.unit, blocking, block));
    }
  }

 private:
  /// A channel tile of a block.
  struct Column {
    const LinearProblem& problem;
    DotMode layer;
    DotRows rows;
    std::int32_t pixels, channels;
    const std::uint8_t* record;
    std::uint8_t* out;  ///< of the first pixel
    std::ptrdiff_t pixel_bytes;
  };

  static void run_block(const LinearCall& call, const Block& block, const DotRows& rows) {
    const LinearProblem& p = *call.problem;
    const std::int32_t group_channels = p.out_c / p.groups;
    const std::int64_t element = p.output == OutputType::f32 ? sizeof(float) : 1;
    const std::int64_t record_bytes = dot_record_bytes(p, Tile::kLayout, 16);
    const auto* packed = static_cast<const std::uint8_t*>(call.packed);
    Column column{p, DotMode::special, rows, block.pixels, 0, nullptr, nullptr, p.out_c * element};
    std::memcpy(&column.layer, packed, sizeof(column.layer));
    column.record = packed + kDotRecords + block.group * dot_group_bytes(p, Tile::kLayout) +
                    block.first_tile * record_bytes;
    const std::int64_t first = block.first_pixel * p.out_c + block.group * group_channels;
    column.out = static_cast<std::uint8_t*>(call.output) + (first + 16 * block.first_tile) * element;
    for (std::int32_t t = block.first_tile; t < block.end_tile; ++t) {
      column.channels = std::min(group_channels - 16 * t, 16);
      run_column(column);
      column.record += record_bytes;
      column.out += 16 * element;
    }
  }

  static void run_column(const Column& column) {
    const DotMode mode = column.channels % 8 == 0 ? column.layer : DotMode::special;
    if (column.channels <= 8) {
      if (mode >= DotMode::bounded) return run_tiles<8, DotMode::bounded>(column);
      if (mode == DotMode::rounded) return run_tiles<8, DotMode::rounded>(column);
      if (mode == DotMode::sums) return run_tiles<8, DotMode::sums>(column);
      return run_tiles<8, DotMode::special>(column);
    }
    switch (mode) {
      case DotMode::special:
        return run_tiles<16, DotMode::special>(column);
      case DotMode::sums:
        return run_tiles<16, DotMode::sums>(column);
      case DotMode::rounded:
        return run_tiles<16, DotMode::rounded>(column);
      case DotMode::bounded:
        return run_tiles<16, DotMode::bounded>(column);
      case DotMode::plain:
        return run_tiles<16, DotMode::plain>(column);
    }
  }

  template <int kChannels, DotMode kMode>
  [[gnu::noinline]] static void run_tiles(const Column& column) {
    alignas(64) static constexpr std::int32_t kZeros[32] = {};
    const bool biased = kMode == DotMode::sums || kMode >= DotMode::bounded;
    DotInputs in{column.rows.pixels,
                 column.record + dot_header_bytes(Tile::kLayout, kChannels),
                 biased ? reinterpret_cast<const std::int32_t*>(column.record) : kZeros,
                 column.rows.run,
                 column.rows.runs,
                 column.rows.pitch - column.rows.run};
    const Output<kChannels, kMode> output(column);
    const std::ptrdiff_t pixel_bytes = column.pixel_bytes;
    std::uint8_t* out = column.out;
    std::int32_t pixels = column.pixels;
    for (; pixels >= 4; pixels -= 4, in.pixels += 4, out += 4 * pixel_bytes) {
      int32x4_t sums[kChannels];
      Tile::template multiply<4, kChannels>(in, sums);
      output.template store<4>(sums, out, 4);
    }
    for (; pixels > 0; pixels -= Tile::kSmall) {
      int32x4_t sums[Tile::kSmall * kChannels / 4];
      Tile::template multiply<Tile::kSmall, kChannels>(in, sums);
      output.template store<Tile::kSmall>(sums, out, std::min(pixels, Tile::kSmall));
      in.pixels += Tile::kSmall;
      out += Tile::kSmall * pixel_bytes;
    }
  }

  template <int kChannels, DotMode kMode>
  class Output {
   public:
    explicit Output(const Column& column)
        : column_(column),
          pixel_bytes_(column.pixel_bytes),
          bias_(reinterpret_cast<const std::int32_t*>(column.record)),
          multiplier_(reinterpret_cast<const float*>(column.record) + kChannels * Tile::kLayout.copies),
          limits_(reinterpret_cast<const std::int8_t*>(multiplier_ + kChannels * Tile::kLayout.copies)),
          shift_(vdupq_n_s32(column.problem.fraction_bits)),
          zero_point_(vdupq_n_s16(static_cast<std::int16_t>(column.problem.zero_point))),
          rounding_(vdupq_n_f32(
              12582912.0f + static_cast<float>(kMode == DotMode::plain ? column.problem.zero_point : 0))) {}

    /// The first `pixels` of kPixels.
    template <int kPixels>
    [[gnu::always_inline]] inline void store(const int32x4_t* sums, std::uint8_t* out,
                                             std::int32_t pixels) const {
      if constexpr (kMode == DotMode::special) {
        std::int32_t lanes[kPixels * kChannels];
        for (int i = 0; i < kPixels * kChannels / 4; ++i) vst1q_s32(lanes + 4 * i, sums[i]);
        return store_special(column_, lanes, kChannels, out, pixels);
      }
      if constexpr (kMode == DotMode::sums) return store_sums<kPixels>(sums, out, pixels);
      constexpr int kVectors = (kPixels * kChannels + 15) / 16;
      int8x16_t narrow[kVectors], y[kVectors];
      if constexpr (kMode >= DotMode::bounded && kPixels * kChannels % 32 == 0) {
        for (int i = 0; i < kVectors; i += 2) narrow_two(sums + 4 * i, 4 * i, narrow + i);
      } else {
        for (int i = 0; i < kVectors; ++i) narrow[i] = narrowed<kPixels>(sums, 4 * i);
      }
      Tile::template in_order<kPixels, kChannels>(narrow, y);
      if constexpr (kMode != DotMode::plain) {
        const int8x16_t lo = vld1q_s8(limits_), hi = vld1q_s8(limits_ + 16);
        for (auto& vector : y) vector = vminq_s8(vmaxq_s8(vector, lo), hi);
      }
      for (int i = 0; i < kPixels; ++i, out += pixel_bytes_) {
        if (i >= pixels) break;
        if constexpr (kChannels == 16) {
          vst1q_u8(out, vreinterpretq_u8_s8(y[i]));
        } else {
          const int64x2_t halves = vreinterpretq_s64_s8(y[i / 2]);
          const std::int64_t half = i % 2 == 0 ? vgetq_lane_s64(halves, 0) : vgetq_lane_s64(halves, 1);
          std::memcpy(out, &half, 8);
        }
      }
    }

   private:
    template <int kPixels>
    [[gnu::always_inline]] inline void store_sums(const int32x4_t* sums, std::uint8_t* out,
                                                  std::int32_t pixels) const {
      for (int i = 0; i < kPixels; ++i, out += pixel_bytes_) {
        if (i >= pixels) break;
        auto* y = reinterpret_cast<float*>(out);
        for (int j = 0; j < kChannels / 4; ++j) {
          vst1q_f32(y + 4 * j, vcvtq_f32_s32(Tile::template four<kChannels>(sums, i, j)));
        }
      }
    }

    /// The constants of a vector of sums repeat after those of a pixel (two pixels).
    static constexpr int kRepeat = kChannels * Tile::kLayout.copies / 4;

    /// Sums sums[i]..sums[i + 3] as bytes.
    template <int kPixels>
    [[gnu::always_inline]] inline int8x16_t narrowed(const int32x4_t* sums, int i) const {
      constexpr int kSums = kPixels * kChannels / 4;
      int16x8_t half[2];
      for (int j = 0; j < 2; ++j) {
        const int a = std::min(i + 2 * j, kSums - 2);
        half[j] = scaled(sums[a], sums[a + 1], a);
        if constexpr (kMode != DotMode::plain) half[j] = vqaddq_s16(half[j], zero_point_);
      }
      return vqmovn_high_s16(vqmovn_s16(half[0]), half[1]);
    }

    /// Eight sums, from sum i on, as two vectors of bytes. (In what order GCC mixes intrinsics takes more
    /// registers than there are.)
    [[gnu::always_inline]] inline void narrow_two(const int32x4_t* sums, int i, int8x16_t* y) const {
      int16x8_t half[4];
      scale_bounded(
          sums, [&](int j) { return vld1q_f32(multiplier_ + (i + j) % kRepeat * 4); }, rounding_, half);
      for (auto& eight : half) {
        if constexpr (kMode != DotMode::plain) eight = vqaddq_s16(eight, zero_point_);
      }
      for (int j = 0; j < 2; ++j) y[j] = vqmovn_high_s16(vqmovn_s16(half[2 * j]), half[2 * j + 1]);
    }

    /// Sums i and i + 1 of a tile, scaled and rounded.
    [[gnu::always_inline]] inline int16x8_t scaled(int32x4_t v0, int32x4_t v1, int i) const {
      const int at = i % kRepeat * 4;
      const float32x4_t m0 = vld1q_f32(multiplier_ + at), m1 = vld1q_f32(multiplier_ + at + 4);
      return vuzp1q_s16(round_bounded(value(v0, at), m0, rounding_),
                        round_bounded(value(v1, at + 4), m1, rounding_));
    }

    /// float(v)
    [[gnu::always_inline]] inline float32x4_t value(int32x4_t sum, int at) const {
      if constexpr (kMode >= DotMode::bounded) return bounded_float(sum);
      return vcvtq_f32_s32(add_bias(sum, shift_, vld1q_s32(bias_ + at)));
    }

    const Column& column_;
    std::ptrdiff_t pixel_bytes_;
    const std::int32_t* bias_;
    const float* multiplier_;
    const std::int8_t* limits_;
    int32x4_t shift_;
    int16x8_t zero_point_;
    float32x4_t rounding_;
  };

  /// The lanes of channels 4 * j and on of a pixel.
  static int32x4_t four(const std::int32_t* lanes, std::int32_t pixel, std::int32_t j,
                        std::int32_t channels) {
    if constexpr (Tile::kLayout.copies == 1) return vld1q_s32(lanes + pixel * channels + 4 * j);
    lanes += pixel / 2 * 2 * channels + pixel % 2 * 2 + 8 * j;
    return vcombine_s32(vld1_s32(lanes), vld1_s32(lanes + 4));
  }

  /// Float outputs, results beyond 16 bits, another number of channels.
  [[gnu::noinline]] static void store_special(const Column& column, const std::int32_t* lanes,
                                              std::int32_t channels, std::uint8_t* out, std::int32_t pixels) {
    const LinearProblem& p = column.problem;
    const auto* start = reinterpret_cast<const std::int32_t*>(column.record);
    const std::int32_t* multiplier = start + channels * Tile::kLayout.copies;
    const auto* limits = reinterpret_cast<const std::int8_t*>(multiplier + channels * Tile::kLayout.copies);
    const int32x4_t shift = vdupq_n_s32(p.fraction_bits);
    const int32x4_t offset = vdupq_n_s32(column.layer < DotMode::bounded ? 0 : kSumOffset);
    const int16x8_t zero_point = vdupq_n_s16(static_cast<std::int16_t>(p.zero_point));
    for (std::int32_t i = 0; i < pixels; ++i, out += column.pixel_bytes) {
      int32x4_t v[4] = {};
      float32x4_t m[4] = {};
      for (std::int32_t j = 0; j < channels / 4; ++j) {
        v[j] = add_bias(four(lanes, i, j, channels), shift, vsubq_s32(four(start, 0, j, channels), offset));
        m[j] = vreinterpretq_f32_s32(four(multiplier, 0, j, channels));
      }
      if (p.output == OutputType::f32) {
        float y[16];
        for (int j = 0; j < 4; ++j) vst1q_f32(y + 4 * j, vmulq_f32(vcvtq_f32_s32(v[j]), m[j]));
        std::memcpy(out, y, static_cast<std::size_t>(column.channels) * sizeof(float));
        continue;
      }
      for (int j = 0; j < 4; ++j) v[j] = scale_and_round(v[j], m[j]);
      const int8x16_t y =
          narrow_and_clamp(v[0], v[1], v[2], v[3], zero_point, vld1q_s8(limits), vld1q_s8(limits + 16));
      store_first(reinterpret_cast<std::int8_t*>(out), y, static_cast<std::size_t>(column.channels));
    }
  }
};

}  // namespace bulwark::kernels::conv
