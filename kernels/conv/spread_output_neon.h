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
/// Those of 16 bits: [pixel][vector of 8 channels].
using NarrowSums = int16x8_t[4][2];

/// bounded: quicker where sums are small; narrow: where they fit 16 bits, see narrow_requantize.h; special:
/// floats, or fraction bits.
enum class SpreadMode : std::uint8_t { any, bounded, narrow, special };

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
  const std::uint8_t* start(const std::uint8_t* record) const {
    alignas(64) static constexpr std::uint8_t kZeros[64] = {};
    return has_fraction_ ? kZeros : record;
  }

  SpreadMode mode(const std::uint8_t* record) const {
    if (is_float_ || has_fraction_) return SpreadMode::special;
    if (record[kSpreadNarrow] != 0) return SpreadMode::narrow;
    return record[kSpreadBounded] != 0 ? SpreadMode::bounded : SpreadMode::any;
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
      if constexpr (kMode == SpreadMode::bounded) {
        y[i] = requantize_bounded<kVectors>(s[i], multiplier);
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

  /// Requantizes and stores the first kPixels pixels of sums that started from the record's. Each step of 8
  /// vectors hides the latency of the one before.
  template <int kPixels>
  [[gnu::always_inline]] inline void store_narrow(const NarrowSums& s, const std::uint8_t* record,
                                                  std::uint8_t* out, std::int32_t channels) const {
    int16x8_t v00 = s[0][0], v01 = s[0][1], v10 = s[1][0], v11 = s[1][1];
    int16x8_t v20 = s[2][0], v21 = s[2][1], v30 = s[3][0], v31 = s[3][1];
    // clang-format off
#define BW_EACH_LEFT(insn, to, last) \
  insn " %0." to ", %0." last insn " %2." to ", %2." last insn " %4." to ", %4." last insn " %6." to ", %6." last
#define BW_EACH(insn, last0, last1) \
  insn " %0.8h, %0.8h, " last0 insn " %1.8h, %1.8h, " last1 insn " %2.8h, %2.8h, " last0 insn " %3.8h, %3.8h, " last1 \
  insn " %4.8h, %4.8h, " last0 insn " %5.8h, %5.8h, " last1 insn " %6.8h, %6.8h, " last0 insn " %7.8h, %7.8h, " last1
    __asm__(
        "ld1 {v20.16b, v21.16b, v22.16b}, [%[all]]\n"
        "ld1 {v16.8h, v17.8h, v18.8h, v19.8h}, [%[channel]]\n"
        BW_EACH("sqshl", "v20.8h\n", "v20.8h\n")
        "ld1 {v24.16b, v25.16b}, [%[range]]\n"
        BW_EACH("sqdmulh", "v16.8h\n", "v17.8h\n")
        "addhn %0.8b, %0.8h, v18.8h\n"
        "addhn %2.8b, %2.8h, v18.8h\n"
        "addhn %4.8b, %4.8h, v18.8h\n"
        "addhn %6.8b, %6.8h, v18.8h\n"
        "addhn2 %0.16b, %1.8h, v19.8h\n"
        "addhn2 %2.16b, %3.8h, v19.8h\n"
        "addhn2 %4.16b, %5.8h, v19.8h\n"
        "addhn2 %6.16b, %7.8h, v19.8h\n"
        BW_EACH_LEFT("sshl", "16b", "16b, v21.16b\n")
        BW_EACH_LEFT("sqadd", "16b", "16b, v22.16b\n")
        BW_EACH_LEFT("smax", "16b", "16b, v24.16b\n")
        BW_EACH_LEFT("smin", "16b", "16b, v25.16b\n")
        : "+w"(v00), "+w"(v01), "+w"(v10), "+w"(v11), "+w"(v20), "+w"(v21), "+w"(v30), "+w"(v31)
        : [channel] "r"(record + kSpreadMultiplier), [all] "r"(record + kSpreadShift),
          [range] "r"(record + kSpreadLo),
          "m"(*reinterpret_cast<const std::uint8_t(*)[kSpreadNarrowHeader]>(record))
        : "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v24", "v25");
#undef BW_EACH
#undef BW_EACH_LEFT
    // clang-format on
    const int8x16_t y[4] = {vreinterpretq_s8_s16(v00), vreinterpretq_s8_s16(v10), vreinterpretq_s8_s16(v20),
                            vreinterpretq_s8_s16(v30)};
    store_levels<kPixels, 4>(y, out, channels);
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

  template <int kVectors>
  [[gnu::always_inline]] inline int8x16_t requantize_bounded(const int32x4_t* s,
                                                             const float32x4_t* multiplier) const {
    int16x8_t half[kVectors / 2];
    for (int j = 0; j < kVectors; j += 2) {
      half[j / 2] = vuzp1q_s16(round_bounded(bounded_float(s[j]), multiplier[j], rounding_),
                               round_bounded(bounded_float(s[j + 1]), multiplier[j + 1], rounding_));
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
