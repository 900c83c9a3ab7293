// SPDX-License-Identifier: Apache-2.0
// The output stage of the kernels of spread_rows.h: sums of up to 4 pixels times 2 or 4 vectors of 4
// channels are requantized and stored.
#pragma once

#include "kernels/common/bounded_sums_neon.h"
#include "kernels/common/requantize_neon.h"
#include "kernels/conv/spread_rows.h"

namespace bulwark::kernels::conv {

/// The sums of a tile: [pixel][vector of 4 channels].
template <int kPixels, int kVectors>
using SpreadSums = int32x4_t[kPixels][kVectors];
using Sums4x16 = SpreadSums<4, 4>;
/// bounded, and fraction where there are fraction bits: quicker where sums are small; narrow: where they fit
/// 16 bits, see narrow_requantize.h; special: floats, or fraction bits of any sums.
enum class SpreadMode : std::uint8_t { any, bounded, fraction, narrow, special };

/// kBiased: the sums have the bias in them already, unless there are fraction bits (start()).
template <bool kBiased>
class SpreadOutput {
 public:
  explicit SpreadOutput(const LinearProblem& p)
      : pixel_(p.out_c),
        is_float_(p.output == OutputType::f32),
        has_fraction_(p.fraction_bits != 0),
        shift_(vdupq_n_s32(p.fraction_bits)),
        zero_point_(vdupq_n_s16(static_cast<std::int16_t>(p.zero_point))),
        rounding_(vdupq_n_f32(12582912.0f + static_cast<float>(p.zero_point))) {}

  /// 16 values that sums start from where kBiased.
  template <SpreadMode kMode>
  const std::uint8_t* start(const std::uint8_t* record) const {
    alignas(64) static constexpr std::uint8_t kZeros[64] = {};
    return kMode == SpreadMode::special && has_fraction_ ? kZeros : record;
  }

  SpreadMode mode(const std::uint8_t* record) const {
    if (is_float_) return SpreadMode::special;
    if (record[kSpreadNarrow] != 0) return SpreadMode::narrow;
    if (record[kSpreadBounded] != 0) return has_fraction_ ? SpreadMode::fraction : SpreadMode::bounded;
    return has_fraction_ ? SpreadMode::special : SpreadMode::any;
  }

  /// Stores the first `channels` of the vectors' channels.
  template <SpreadMode kMode, int kPixels, int kVectors>
  [[gnu::always_inline]] inline void store(SpreadSums<kPixels, kVectors>& s, const std::uint8_t* record,
                                           std::uint8_t* out, std::int32_t channels) const {
    if (kMode == SpreadMode::special) {
      if (has_fraction_) {
        for (auto& pixel : s) {
          for (auto& sum : pixel) sum = vshlq_s32(sum, shift_);
        }
      }
      if (!kBiased || has_fraction_) add_bias(s, record);
      if (is_float_) return store_floats(s, record, out, channels);
    } else if (!kBiased) {
      add_bias(s, record);
    }
    float32x4_t multiplier[kVectors];
    for (int j = 0; j < kVectors; ++j)
      multiplier[j] = vld1q_f32(reinterpret_cast<const float*>(record + kSpreadMultiplier) + 4 * j);
    int8x16_t y[kPixels];
    for (int i = 0; i < kPixels; ++i) {
      if constexpr (kMode == SpreadMode::bounded || kMode == SpreadMode::fraction) {
        y[i] = requantize_bounded<kMode, kVectors>(s[i], multiplier, record);
      } else {
        y[i] = requantize<kVectors>(s[i], multiplier);
      }
    }
    if (record[kSpreadClamps] != 0) {
      const int8x16_t lo = vreinterpretq_s8_u8(vld1q_u8(record + kSpreadLo)),
                      hi = vreinterpretq_s8_u8(vld1q_u8(record + kSpreadHi));
      for (auto& pixel : y) pixel = vminq_s8(vmaxq_s8(pixel, lo), hi);
    }
    store_levels<kPixels, kVectors>(y, out, channels);
  }

 private:
  template <int kPixels, int kVectors>
  [[gnu::always_inline]] inline void store_levels(const int8x16_t* y, std::uint8_t* out,
                                                  std::int32_t channels) const {
    if (channels == 4 * kVectors) {
      for (int i = 0; i < kPixels; ++i) {
        const int8x16_t pixel = y[i];
        const auto to = reinterpret_cast<std::int8_t*>(out);
        kVectors == 4 ? vst1q_s8(to, pixel) : vst1_s8(to, vget_low_s8(pixel));
        out += pixel_;
      }
    } else {
      int8x16_t copy[kPixels];
      for (int i = 0; i < kPixels; ++i) copy[i] = y[i];
      store_part(copy, kPixels, out, channels, pixel_);
    }
  }

  template <int kVectors>
  [[gnu::always_inline]] inline int8x16_t requantize(const int32x4_t* s,
                                                     const float32x4_t* multiplier) const {
    int32x4_t r[kVectors];
    for (int j = 0; j < kVectors; ++j) r[j] = scale_and_round(s[j], multiplier[j]);
    if constexpr (kVectors == 4) return narrow(r[0], r[1], r[2], r[3], zero_point_);
    const int8x8_t half = narrow(r[0], r[1], zero_point_);
    return vcombine_s8(half, half);
  }

  template <SpreadMode kMode, int kVectors>
  [[gnu::always_inline]] inline int8x16_t requantize_bounded(const int32x4_t* s,
                                                             const float32x4_t* multiplier,
                                                             const std::uint8_t* record) const {
    const auto* low = reinterpret_cast<const float*>(record + kSpreadLow);
    float32x4_t v[kVectors];
    for (int j = 0; j < kVectors; ++j) {
      v[j] = bounded_float(s[j]);
      if constexpr (kMode == SpreadMode::fraction) v[j] = vaddq_f32(v[j], vld1q_f32(low + 4 * j));
    }
    int16x8_t half[kVectors / 2];
    for (int j = 0; j < kVectors; j += 2) {
      half[j / 2] = vuzp1q_s16(round_bounded(v[j], multiplier[j], rounding_),
                               round_bounded(v[j + 1], multiplier[j + 1], rounding_));
    }
    return vqmovn_high_s16(vqmovn_s16(half[0]), half[kVectors / 2 - 1]);
  }

  template <int kPixels, int kVectors>
  [[gnu::always_inline]] static inline void add_bias(SpreadSums<kPixels, kVectors>& s,
                                                     const std::uint8_t* record) {
    for (auto& pixel : s) {
      for (int j = 0; j < kVectors; ++j)
        pixel[j] = vaddq_s32(pixel[j], vld1q_s32(reinterpret_cast<const std::int32_t*>(record) + 4 * j));
    }
  }

  // `y` is a copy: what has an address would live in memory on every path.
  [[gnu::noinline]] static void store_part(const int8x16_t* y, std::int32_t pixels, std::uint8_t* out,
                                           std::int32_t channels, std::ptrdiff_t pixel) {
    for (std::int32_t i = 0; i < pixels; ++i, out += pixel) {
      store_first(reinterpret_cast<std::int8_t*>(out), y[i], static_cast<std::size_t>(channels));
    }
  }

  template <int kPixels, int kVectors>
  [[gnu::always_inline]] inline void store_floats(const SpreadSums<kPixels, kVectors>& s,
                                                  const std::uint8_t* record, std::uint8_t* out,
                                                  std::int32_t channels) const {
    const bool whole = channels == 4 * kVectors;
    auto* to = reinterpret_cast<float*>(out);
    for (int i = 0; i < kPixels; ++i, to += pixel_) {
      for (int j = 0; j < kVectors; ++j) {
        const float* multiplier = reinterpret_cast<const float*>(record + kSpreadMultiplier) + 4 * j;
        const float32x4_t y = vmulq_f32(vcvtq_f32_s32(s[i][j]), vld1q_f32(multiplier));
        if (whole) {
          vst1q_f32(to + 4 * j, y);
        } else if (const std::int32_t left = channels - 4 * j; left > 0) {
          store_first(to + 4 * j, y, static_cast<std::size_t>(left < 4 ? left : 4));
        }
      }
    }
  }

  std::ptrdiff_t pixel_;
  bool is_float_, has_fraction_;
  int32x4_t shift_;
  int16x8_t zero_point_;
  float32x4_t rounding_;  ///< of bounded sums, whose zero point is even
};

}  // namespace bulwark::kernels::conv
