// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise_neon.h"
#include "kernels/common/pool_window.h"

namespace bulwark::kernels {
namespace {

/// Sums of 16 channels: 16 bits hold 255 taps, then they move to 32.
class Sums {
 public:
  void add(int8x16_t x) {
    if (room_ == 0) fold();
    --room_;
    low_ = vaddw_s8(low_, vget_low_s8(x));
    high_ = vaddw_high_s8(high_, x);
  }

  /// The sums minus `offset`, requantized.
  int8x16_t finish(const PoolCall& call, std::int32_t offset, float multiplier) {
    fold();
    for (int32x4_t& sum : wide_) {
      sum = scale_and_round(vsubq_s32(sum, vdupq_n_s32(offset)), vdupq_n_f32(multiplier));
    }
    return narrow_and_clamp(
        wide_[0], wide_[1], wide_[2], wide_[3], vdupq_n_s16(static_cast<std::int16_t>(call.zero_point)),
        vdupq_n_s8(static_cast<std::int8_t>(call.lo)), vdupq_n_s8(static_cast<std::int8_t>(call.hi)));
  }

 private:
  static constexpr std::int32_t kRoom = 255;

  void fold() {
    wide_[0] = vaddw_s16(wide_[0], vget_low_s16(low_));
    wide_[1] = vaddw_high_s16(wide_[1], low_);
    wide_[2] = vaddw_s16(wide_[2], vget_low_s16(high_));
    wide_[3] = vaddw_high_s16(wide_[3], high_);
    low_ = high_ = vdupq_n_s16(0);
    room_ = kRoom;
  }

  int16x8_t low_ = vdupq_n_s16(0), high_ = vdupq_n_s16(0);
  int32x4_t wide_[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
  std::int32_t room_ = kRoom;
};

}  // namespace

void average_pool_s8_s8_16x1_neon(const PoolCall& call) {
  const PoolProblem& p = *call.problem;
  for_each_window(
      p, call.begin, call.end, [&](std::int64_t image, const PoolWindow& window, std::int64_t out) {
        const float multiplier = call.multiplier / static_cast<float>(average_divisor(p, window));
        const std::int32_t offset = window.inside() * call.zero_point_in;
        const auto average_16 = [&](auto load) {
          Sums sums;
          for_each_tap(p, image, window, [&](std::int64_t in) { sums.add(load(in)); });
          return sums.finish(call, offset, multiplier);
        };
        for_each_16_overlapping(
            p.channels,
            [&](std::int64_t c) {
              vst1q_s8(call.output + out + c,
                       average_16([&](std::int64_t in) { return vld1q_s8(call.input + in + c); }));
            },
            [&](std::int64_t c, std::size_t n) {
              store_first(call.output + out + c,
                          average_16([&](std::int64_t in) { return load_first(call.input + in + c, n); }), n);
            });
      });
}

}  // namespace bulwark::kernels
