// SPDX-License-Identifier: Apache-2.0
// The output stage of the tiles of 8 pixels times 8 channels, whose vectors hold 4 channels of one pixel.
#pragma once

#include "kernels/common/requantize_neon.h"
#include "kernels/conv/tile_driver.h"

namespace bulwark::kernels::conv {

inline constexpr TileShape kShape8x8{8, 8};

/// The sums of a tile: [pixel][half of the channels].
using Sums8x8 = int32x4_t[8][2];

/// kIsa keeps the copies of different instruction sets apart.
template <Isa kIsa>
class Output8x8 {
 public:
  explicit Output8x8(const LinearProblem& p)
      : pixel_(p.out_c),
        is_float_(p.output == OutputType::f32),
        has_fraction_(p.fraction_bits != 0),
        shift_(vdupq_n_s32(p.fraction_bits)),
        zero_point_(vdupq_n_s16(static_cast<std::int16_t>(p.zero_point))) {}

  /// What the sums of each pixel start at: without fraction bits, the bias.
  const std::int32_t* start(const std::uint8_t* record) const {
    alignas(16) static constexpr std::int32_t kZeros[8] = {};
    return has_fraction_ ? kZeros : reinterpret_cast<const std::int32_t*>(record);
  }

  [[gnu::always_inline]] inline void store(Sums8x8& s, const std::uint8_t* record, std::uint8_t* out,
                                           std::int32_t pixels, std::int32_t channels) const {
    if (has_fraction_) {
      const int32x4_t bias0 = vld1q_s32(reinterpret_cast<const std::int32_t*>(record));
      const int32x4_t bias1 = vld1q_s32(reinterpret_cast<const std::int32_t*>(record + 16));
      for (auto& pixel : s) {
        pixel[0] = add_bias(pixel[0], shift_, bias0);
        pixel[1] = add_bias(pixel[1], shift_, bias1);
      }
    }
    const float32x4_t scale0 = vld1q_f32(reinterpret_cast<const float*>(record + 32));
    const float32x4_t scale1 = vld1q_f32(reinterpret_cast<const float*>(record + 48));
    if (is_float_ && pixels == 8 && channels == 8) {
      auto* to = reinterpret_cast<float*>(out);
      for (int i = 0; i < 8; ++i, to += pixel_) {
        vst1q_f32(to, vmulq_f32(vcvtq_f32_s32(s[i][0]), scale0));
        vst1q_f32(to + 4, vmulq_f32(vcvtq_f32_s32(s[i][1]), scale1));
      }
      return;
    }
    if (is_float_) {
      float lanes[64];
      for (int i = 0; i < 8; ++i) {
        vst1q_f32(lanes + 8 * i, vmulq_f32(vcvtq_f32_s32(s[i][0]), scale0));
        vst1q_f32(lanes + 8 * i + 4, vmulq_f32(vcvtq_f32_s32(s[i][1]), scale1));
      }
      store_part(reinterpret_cast<const std::uint8_t*>(lanes), sizeof(float), out, pixels, channels);
      return;
    }
    const int8x16_t lo = vreinterpretq_s8_u8(vld1q_u8(record + 64)),
                    hi = vreinterpretq_s8_u8(vld1q_u8(record + 80));
    int8x16_t y[4];
    for (int i = 0; i < 4; ++i) {
      int32x4_t r[4];
      for (int j = 0; j < 4; ++j)
        r[j] = scale_and_round(s[2 * i + j / 2][j % 2], j % 2 == 0 ? scale0 : scale1);
      y[i] = narrow_and_clamp(r[0], r[1], r[2], r[3], zero_point_, lo, hi);
    }
    if (pixels == 8 && channels == 8) {
      store_whole(y, out);
      return;
    }
    std::uint8_t lanes[64];
    for (int i = 0; i < 4; ++i) vst1q_u8(lanes + 16 * i, vreinterpretq_u8_s8(y[i]));
    store_part(lanes, 1, out, pixels, channels);
  }

 private:
  [[gnu::always_inline]] inline void store_whole(const int8x16_t* y, std::uint8_t* out) const {
    for (int i = 0; i < 4; ++i, out += 2 * pixel_) {
      vst1_u8(out, vget_low_u8(vreinterpretq_u8_s8(y[i])));
      // As an intrinsic this is a store through a pointer to 8-byte integers, which `out` is not.
      __asm__ volatile("st1 {%1.d}[1], [%0]" : : "r"(out + pixel_), "w"(y[i]) : "memory");
    }
  }

  [[gnu::noinline]] void store_part(const std::uint8_t* lanes, std::size_t element, std::uint8_t* out,
                                    std::int32_t pixels, std::int32_t channels) const {
    const std::ptrdiff_t pixel_bytes = pixel_ * static_cast<std::ptrdiff_t>(element);
    for (std::int32_t i = 0; i < pixels; ++i, out += pixel_bytes, lanes += 8 * element) {
      std::memcpy(out, lanes, static_cast<std::size_t>(channels) * element);
    }
  }

  std::ptrdiff_t pixel_;
  bool is_float_, has_fraction_;
  int32x4_t shift_;
  int16x8_t zero_point_;
};

}  // namespace bulwark::kernels::conv
