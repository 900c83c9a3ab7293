// SPDX-License-Identifier: Apache-2.0
// What the 4x4 tiles of AArch64 without dot product share: 4 pixels times 4 channels, 16 of depth a step,
// each of the 16 sums in a vector of its own whose lanes are added at the end.
#pragma once

#include "kernels/common/requantize_neon.h"
#include "kernels/conv/tile_driver.h"

namespace bulwark::kernels::conv {

inline constexpr TileShape kShape4x4{4, 4};
inline constexpr PackShape kPack4x4{4};

/// Whole steps of 16, and whether a half step of 8 follows. At least one whole step: short rows are filled up
/// with zero weights.
struct DepthSteps {
  explicit DepthSteps(std::int64_t depth) : whole(depth / 16), half(false) {
    const std::int64_t rest = depth % 16;
    half = rest != 0 && rest <= 8 && whole > 0;
    if (rest != 0 && !half) ++whole;
  }
  std::int64_t whole;
  bool half;
};

/// The sums of a tile: [pixel][channel].
using Sums4x4 = int32x4_t[4][4];

class Output4x4 {
 public:
  explicit Output4x4(const LinearProblem& p)
      : pixel_(p.out_c),
        is_float_(p.output == OutputType::f32),
        has_fraction_(p.fraction_bits != 0),
        shift_(vdupq_n_s32(p.fraction_bits)),
        zero_point_(vdupq_n_s16(static_cast<std::int16_t>(p.zero_point))) {}

  /// Adds the lanes, requantizes and stores.
  [[gnu::always_inline]] inline void store(Sums4x4& sums, const std::uint8_t* record, std::uint8_t* out,
                                           std::int32_t pixels, std::int32_t channels) const {
    const int32x4_t bias = vld1q_s32(reinterpret_cast<const std::int32_t*>(record));
    const float32x4_t multiplier = vld1q_f32(reinterpret_cast<const float*>(record + 16));
    int32x4_t v[4];
    for (int i = 0; i < 4; ++i) {
      v[i] = vpaddq_s32(vpaddq_s32(sums[i][0], sums[i][1]), vpaddq_s32(sums[i][2], sums[i][3]));
    }
    if (has_fraction_) {
      for (int i = 0; i < 4; ++i) v[i] = vshlq_s32(v[i], shift_);
    }
    for (int i = 0; i < 4; ++i) v[i] = vaddq_s32(v[i], bias);
    if (is_float_) {
      store_floats(v[0], v[1], v[2], v[3], multiplier, reinterpret_cast<float*>(out), pixels, channels);
      return;
    }
    const int8x16_t lo = vreinterpretq_s8_u8(vld1q_u8(record + 32)),
                    hi = vreinterpretq_s8_u8(vld1q_u8(record + 48));
    for (int i = 0; i < 4; ++i) v[i] = scale_and_round(v[i], multiplier);
    const int8x16_t y = narrow_and_clamp(v[0], v[1], v[2], v[3], zero_point_, lo, hi);
    if (pixels == 4 && channels == 4) {
      store_whole(vreinterpretq_s32_s8(y), out);
    } else {
      store_part(y, out, pixels, channels);
    }
  }

 private:
  [[gnu::always_inline]] inline void store_whole(int32x4_t y, std::uint8_t* out) const {
    const auto store_lane = [](std::uint8_t* to, std::int32_t lane) { std::memcpy(to, &lane, 4); };
    store_lane(out, vgetq_lane_s32(y, 0));
    store_lane(out + pixel_, vgetq_lane_s32(y, 1));
    store_lane(out + 2 * pixel_, vgetq_lane_s32(y, 2));
    store_lane(out + 3 * pixel_, vgetq_lane_s32(y, 3));
  }

  [[gnu::noinline]] void store_part(int8x16_t y, std::uint8_t* out, std::int32_t pixels,
                                    std::int32_t channels) const {
    std::int8_t lanes[16];
    vst1q_s8(lanes, y);
    for (std::int32_t i = 0; i < pixels; ++i)
      std::memcpy(out + i * pixel_, lanes + 4 * i, static_cast<std::size_t>(channels));
  }

  [[gnu::noinline]] void store_floats(int32x4_t v0, int32x4_t v1, int32x4_t v2, int32x4_t v3,
                                      float32x4_t multiplier, float* out, std::int32_t pixels,
                                      std::int32_t channels) const {
    const int32x4_t v[4] = {v0, v1, v2, v3};
    if (pixels == 4 && channels == 4) {
      for (int i = 0; i < 4; ++i, out += pixel_) vst1q_f32(out, vmulq_f32(vcvtq_f32_s32(v[i]), multiplier));
      return;
    }
    for (std::int32_t i = 0; i < pixels; ++i) {
      store_first(out + i * pixel_, vmulq_f32(vcvtq_f32_s32(v[i]), multiplier),
                  static_cast<std::size_t>(channels));
    }
  }

  std::ptrdiff_t pixel_;
  bool is_float_, has_fraction_;
  int32x4_t shift_;
  int16x8_t zero_point_;
};

}  // namespace bulwark::kernels::conv
