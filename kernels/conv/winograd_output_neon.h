// SPDX-License-Identifier: Apache-2.0
// The output stage of kernels/conv/winograd.h: a tile of 4x4 pixels times 16 channels.
#pragma once

#include "kernels/common/requantize_neon.h"
#include "kernels/conv/winograd_transforms_neon.h"

namespace bulwark::kernels::conv {

class WinogradOutput {
 public:
  explicit WinogradOutput(const LinearProblem& p)
      : element_(p.output == OutputType::f32 ? sizeof(float) : 1),
        pixel_(p.out_c * element_),
        row_(p.out_w * pixel_),
        is_float_(p.output == OutputType::f32),
        has_fraction_(p.fraction_bits != 0),
        shift_(vdupq_n_s32(p.fraction_bits)),
        zero_point_(vdupq_n_s16(static_cast<std::int16_t>(p.zero_point))) {}

  /// Stores the first `rows`, `pixels` and `channels` of a tile. `sums` are its sums of the first place,
  /// `parts` what keep_part() kept of it or null, `out` its first element.
  void write(const std::int32_t* sums, const std::int32_t* parts, const std::uint8_t* record,
             std::uint8_t* out, std::int32_t rows, std::int32_t pixels, std::int32_t channels) const {
    if (is_float_) return write_floats(sums, parts, record, out, rows, pixels, channels);
    if (has_fraction_ || parts != nullptr) {
      return write_bytes<true>(sums, parts, record, out, rows, pixels, channels);
    }
    write_bytes<false>(sums, nullptr, record, out, rows, pixels, channels);
  }

  /// Sums of some of the input channels, for the first or another part.
  static void keep_part(const std::int32_t* sums, bool first, std::int32_t channels, std::int32_t* parts) {
    for (std::int32_t c = 0; c < channels; c += 4, parts += 64) {
      int32x4_t v[4][4];
      transform_sums(sums + c, v);
      for (int i = 0; i < 16; ++i) {
        const int32x4_t sum = v[i / 4][i % 4];
        vst1q_s32(parts + 4 * i, first ? sum : vaddq_s32(vld1q_s32(parts + 4 * i), sum));
      }
    }
  }

 private:
  /// kSpecial: with fraction bits or parts.
  template <bool kSpecial>
  void write_bytes(const std::int32_t* sums, const std::int32_t* parts, const std::uint8_t* record,
                   std::uint8_t* out, std::int32_t rows, std::int32_t pixels, std::int32_t channels) const {
    // As st4 wants them: of each row, for each 4 channels the 4 pixels.
    std::int32_t lanes[kWinogradTile][16];
    for (int q = 0; q * 4 < channels; ++q, sums += 4, record += kWinogradQuarter) {
      int32x4_t v[4][4];
      biased_sums<kSpecial>(sums, parts == nullptr ? nullptr : parts + 64 * q, record, v);
      const float32x4_t multiplier = vld1q_f32(reinterpret_cast<const float*>(record + 16));
      const int8x16_t lo = vreinterpretq_s8_u8(vld1q_u8(record + 32)),
                      hi = vreinterpretq_s8_u8(vld1q_u8(record + 48));
#pragma GCC unroll 4
      for (int y = 0; y < 4; ++y) {
#pragma GCC unroll 4
        for (int x = 0; x < 4; ++x) v[y][x] = scale_and_round(v[y][x], multiplier);
      }
#pragma GCC unroll 4
      for (int y = 0; y < 4; ++y) {
        vst1q_s32(lanes[y] + 4 * q, vreinterpretq_s32_s8(narrow_and_clamp(v[y][0], v[y][1], v[y][2], v[y][3],
                                                                          zero_point_, lo, hi)));
      }
    }
    for (std::int32_t y = 0; y < rows; ++y, out += row_) {
      if (channels != kWinogradChannels) {
        store_part(lanes[y], out, pixels, channels);
      } else if (pixels == kWinogradTile) {
        store_row(lanes[y], out);
      } else {
        store_pixels(lanes[y], out, pixels);
      }
    }
  }

  template <bool kSpecial>
  [[gnu::always_inline]] inline void biased_sums(const std::int32_t* sums, const std::int32_t* parts,
                                                 const std::uint8_t* record, int32x4_t (*v)[4]) const {
    transform_sums(sums, v);
    if (kSpecial && parts != nullptr) {
      for (int i = 0; i < 16; ++i) v[i / 4][i % 4] = vaddq_s32(v[i / 4][i % 4], vld1q_s32(parts + 4 * i));
    }
    const int32x4_t bias = vld1q_s32(reinterpret_cast<const std::int32_t*>(record));
    if (kSpecial && has_fraction_) {
      for (int i = 0; i < 16; ++i) v[i / 4][i % 4] = vshlq_s32(v[i / 4][i % 4], shift_);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) v[i / 4][i % 4] = vaddq_s32(v[i / 4][i % 4], bias);
  }

  void store_row(const std::int32_t* lanes, std::uint8_t* out) const {
    const int32x4x4_t v = vld1q_s32_x4(lanes);
    vst4q_lane_s32(reinterpret_cast<std::int32_t*>(out), v, 0);
    vst4q_lane_s32(reinterpret_cast<std::int32_t*>(out + pixel_), v, 1);
    vst4q_lane_s32(reinterpret_cast<std::int32_t*>(out + 2 * pixel_), v, 2);
    vst4q_lane_s32(reinterpret_cast<std::int32_t*>(out + 3 * pixel_), v, 3);
  }

  void store_pixels(const std::int32_t* lanes, std::uint8_t* out, std::int32_t pixels) const {
    const int32x4x4_t v = vld1q_s32_x4(lanes);
    vst4q_lane_s32(reinterpret_cast<std::int32_t*>(out), v, 0);
    if (pixels >= 2) vst4q_lane_s32(reinterpret_cast<std::int32_t*>(out + pixel_), v, 1);
    if (pixels >= 3) vst4q_lane_s32(reinterpret_cast<std::int32_t*>(out + 2 * pixel_), v, 2);
  }

  void store_part(const std::int32_t* lanes, std::uint8_t* out, std::int32_t pixels,
                  std::int32_t channels) const {
    std::int32_t whole[4][4];
    vst4q_s32(whole[0], vld1q_s32_x4(lanes));
    for (std::int32_t x = 0; x < pixels; ++x, out += pixel_) {
      if (channels == 8) {
        std::memcpy(out, whole[x], 8);
      } else {
        std::memcpy(out, whole[x], static_cast<std::size_t>(channels));
      }
    }
  }

  [[gnu::noinline]] void write_floats(const std::int32_t* sums, const std::int32_t* parts,
                                      const std::uint8_t* record, std::uint8_t* out, std::int32_t rows,
                                      std::int32_t pixels, std::int32_t channels) const {
    for (std::int32_t c = 0; c < channels; c += 4, record += kWinogradQuarter) {
      int32x4_t v[4][4];
      biased_sums<true>(sums + c, parts == nullptr ? nullptr : parts + 16 * c, record, v);
      const float32x4_t multiplier = vld1q_f32(reinterpret_cast<const float*>(record + 16));
      for (std::int32_t i = 0; i < rows * pixels; ++i) {
        const std::int32_t y = i / pixels, x = i % pixels;
        store_first(reinterpret_cast<float*>(out + y * row_ + x * pixel_ + c * element_),
                    vmulq_f32(vcvtq_f32_s32(v[y][x]), multiplier),
                    static_cast<std::size_t>(channels - c < 4 ? channels - c : 4));
      }
    }
  }

  std::int64_t element_, pixel_, row_;  ///< bytes
  bool is_float_, has_fraction_;
  int32x4_t shift_;
  int16x8_t zero_point_;
};

}  // namespace bulwark::kernels::conv
