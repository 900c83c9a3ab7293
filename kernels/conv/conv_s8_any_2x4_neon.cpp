// SPDX-License-Identifier: Apache-2.0
// Any 8-bit weights on 32-bit ARM, whose 16 registers hold a tile of 2 pixels times 4 channels: 16 of depth a
// step, each of the 8 sums in a vector of its own whose lanes are added at the end.
#include "kernels/common/multiply_neon.h"
#include "kernels/common/product_range.h"
#include "kernels/common/requantize_neon.h"
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/tile_driver.h"

namespace bulwark::kernels {
namespace {

class SmallTile {
 public:
  static constexpr conv::TileShape kShape{2, 4};
  static constexpr conv::PackShape kPack{4};

  explicit SmallTile(const LinearProblem& p)
      : steps_((p.depth() + 15) / 16),
        pixel_(p.out_c),
        pairs_(products_in_int16(p) >= 2),
        is_float_(p.output == OutputType::f32),
        shift_(vdupq_n_s32(p.fraction_bits)),
        zero_point_(vdupq_n_s16(static_cast<std::int16_t>(p.zero_point))) {}

  void compute(const std::int8_t* const* rows, const std::uint8_t* record, std::uint8_t* out,
               std::int32_t pixels, std::int32_t channels) const {
    int32x4_t sums[2][4];
    const auto* weights = reinterpret_cast<const std::int8_t*>(record + conv::header_size(kPack));
    pairs_ ? multiply<true>(rows, weights, sums) : multiply<false>(rows, weights, sums);
    store(sums, record, out, pixels, channels);
  }

 private:
  template <bool kPairs>
  void multiply(const std::int8_t* const* rows, const std::int8_t* w, int32x4_t (&sums)[2][4]) const {
    for (auto& pixel : sums) {
      for (int32x4_t& sum : pixel) sum = vdupq_n_s32(0);
    }
    const std::int8_t *x0 = rows[0], *x1 = rows[1];
    for (std::int64_t step = 0; step < steps_; ++step, x0 += 16, x1 += 16, w += 64) {
      const int8x16_t a = vld1q_s8(x0), b = vld1q_s8(x1);
      for (int c = 0; c < 4; ++c) {
        const int8x16_t weights = vld1q_s8(w + 16 * c);
        sums[0][c] = add<kPairs>(sums[0][c], a, weights);
        sums[1][c] = add<kPairs>(sums[1][c], b, weights);
      }
    }
  }

  template <bool kPairs>
  static int32x4_t add(int32x4_t sum, int8x16_t x, int8x16_t w) {
    const int16x8_t low = multiply_low(x, w);
    if constexpr (kPairs) return vpadalq_s16(sum, vmlal_high_s8(low, x, w));
    return vpadalq_s16(vpadalq_s16(sum, low), vmull_high_s8(x, w));
  }

  void store(const int32x4_t (&sums)[2][4], const std::uint8_t* record, std::uint8_t* out,
             std::int32_t pixels, std::int32_t channels) const {
    const int32x4_t bias = vld1q_s32(reinterpret_cast<const std::int32_t*>(record));
    const float32x4_t multiplier = vld1q_f32(reinterpret_cast<const float*>(record + 16));
    int32x4_t v[2];
    for (int i = 0; i < 2; ++i) {
      v[i] = vpaddq_s32(vpaddq_s32(sums[i][0], sums[i][1]), vpaddq_s32(sums[i][2], sums[i][3]));
      v[i] = add_bias(v[i], shift_, bias);
    }
    if (is_float_) {
      for (std::int32_t i = 0; i < pixels; ++i) {
        store_first(reinterpret_cast<float*>(out) + i * pixel_, vmulq_f32(vcvtq_f32_s32(v[i]), multiplier),
                    static_cast<std::size_t>(channels));
      }
      return;
    }
    const int8x8_t lo = vreinterpret_s8_u8(vld1_u8(record + 32)),
                   hi = vreinterpret_s8_u8(vld1_u8(record + 48));
    const int8x8_t y = narrow_and_clamp(scale_and_round(v[0], multiplier), scale_and_round(v[1], multiplier),
                                        zero_point_, lo, hi);
    std::int8_t lanes[8];
    vst1_s8(lanes, y);
    if (channels == 4) {
      for (std::int32_t i = 0; i < pixels; ++i) std::memcpy(out + i * pixel_, lanes + 4 * i, 4);
      return;
    }
    for (std::int32_t i = 0; i < pixels; ++i)
      std::memcpy(out + i * pixel_, lanes + 4 * i, static_cast<std::size_t>(channels));
  }

  std::int64_t steps_;
  std::ptrdiff_t pixel_;
  bool pairs_, is_float_;
  int32x4_t shift_;
  int16x8_t zero_point_;
};

}  // namespace

BW_DEFINE_LINEAR_RUN(conv_s8_any_2x4_neon, conv::TiledConv<SmallTile>)

}  // namespace bulwark::kernels
