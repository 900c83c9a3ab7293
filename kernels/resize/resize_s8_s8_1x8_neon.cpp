// SPDX-License-Identifier: Apache-2.0
// Eight channels at once: 16-bit products of the columns, 32-bit products of the rows.
#include "kernels/common/neon.h"

#include "kernels/common/resize_walk.h"

namespace bulwark::kernels {
namespace {

/// 1024 * a + wx * (b - a) of four channels.
int32x4_t across(int16x4_t a, int16x4_t b, std::int16_t wx) {
  return vmlal_n_s16(vshll_n_s16(a, 10), vsub_s16(b, a), wx);
}

/// (1024 * above + wy * (below - above)) / 2^20, ties away from zero.
int16x4_t down(int32x4_t above, int32x4_t below, std::int32_t wy) {
  const int32x4_t sum = vmlaq_n_s32(vshlq_n_s32(above, 10), vsubq_s32(below, above), wy);
  const int32x4_t towards = vaddq_s32(sum, vshrq_n_s32(sum, 31));  // one less below zero
  return vmovn_s32(vrshrq_n_s32(towards, 20));
}

struct Weights {
  std::int16_t x;
  std::int32_t y;
};

int8x8_t interpolate(int8x8_t above_left, int8x8_t above_right, int8x8_t below_left, int8x8_t below_right,
                     Weights w) {
  const int16x8_t al = vmovl_s8(above_left), ar = vmovl_s8(above_right);
  const int16x8_t bl = vmovl_s8(below_left), br = vmovl_s8(below_right);
  const int16x4_t low = down(across(vget_low_s16(al), vget_low_s16(ar), w.x),
                             across(vget_low_s16(bl), vget_low_s16(br), w.x), w.y);
  const int16x4_t high = down(across(vget_high_s16(al), vget_high_s16(ar), w.x),
                              across(vget_high_s16(bl), vget_high_s16(br), w.x), w.y);
  return vmovn_s16(vcombine_s16(low, high));
}

}  // namespace

void resize_s8_s8_1x8_neon(const ResizeCall& call) {
  const ResizeProblem& p = *call.problem;
  for_each_place(
      p, p.rows, p.columns, call.input, call.output, call.begin, call.end,
      [](std::int32_t position) { return std::int64_t{position >> 10}; },
      [&](const Corners<std::int8_t>& at, std::int32_t column, std::int32_t row, std::int8_t* out) {
        const Weights w{static_cast<std::int16_t>(column & 1023), row & 1023};
        std::int64_t c = 0;
        for (; c + 8 <= p.inner; c += 8) {
          vst1_s8(out + c, interpolate(vld1_s8(at.above_left + c), vld1_s8(at.above_right + c),
                                       vld1_s8(at.below_left + c), vld1_s8(at.below_right + c), w));
        }
        for (; c < p.inner; ++c) {
          out[c] = vget_lane_s8(interpolate(vdup_n_s8(at.above_left[c]), vdup_n_s8(at.above_right[c]),
                                            vdup_n_s8(at.below_left[c]), vdup_n_s8(at.below_right[c]), w),
                                0);
        }
      });
}

}  // namespace bulwark::kernels
