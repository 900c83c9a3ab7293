// SPDX-License-Identifier: Apache-2.0
// Eight channels of all rows at a time, so that their constants stay in registers.
//
// `Bounds` is the arithmetic:
//   Bounds(call, c)              the constants of channels c .. c+7
//   int8x16_t both_ends(centre, radius)   the lower ends of 8 channels of a row, then the upper ends
//   void rows(call, c)           all rows of channels c .. c+7
#pragma once

#include "kernels/common/elementwise_neon.h"
#include "kernels/interval_bounds/last_channels.h"

namespace bulwark::kernels {

template <typename Bounds>
void bounds_of_last(const IntervalBoundsCall& call, std::int32_t c, std::size_t n) {
  const LastChannels last(call, c, n);
  const Bounds bounds(last.call, 0);
  float centre[8] = {}, radius[8] = {};
  std::int64_t i = c;
  for (std::int64_t row = 0; row < call.rows; ++row, i += call.channels) {
    std::memcpy(centre, call.centre + i, n * sizeof(float));
    std::memcpy(radius, call.radius + i, n * sizeof(float));
    std::int8_t ends[16];
    vst1q_s8(ends, bounds.both_ends(centre, radius));
    std::memcpy(call.lo + i, ends, n);
    std::memcpy(call.hi + i, ends + 8, n);
  }
}

template <typename Bounds>
void bounds_by_eight(const IntervalBoundsCall& call) {
  std::int32_t c = 0;
  for (; c + 8 <= call.channels; c += 8) Bounds(call, c).rows(call, c);
  if (c < call.channels) bounds_of_last<Bounds>(call, c, static_cast<std::size_t>(call.channels - c));
}

}  // namespace bulwark::kernels
