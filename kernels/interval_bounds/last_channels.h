// SPDX-License-Identifier: Apache-2.0
// The last 1..7 channels of a kernel that takes eight at a time.
#pragma once

#include <cstring>

#include "kernels/common/interval.h"

namespace bulwark::kernels {

/// A call whose constants are those of channels c .. c+n-1, in buffers that have eight.
class LastChannels {
 public:
  LastChannels(const IntervalBoundsCall& all, std::int32_t c, std::size_t n) : call(all) {
    std::memcpy(multiplier_, all.multiplier + c, n * sizeof(float));
    std::memcpy(bias_, all.bias + c, n * sizeof(std::int32_t));
    std::memcpy(clamp_lo_, all.clamp_lo + c, n);
    std::memcpy(clamp_hi_, all.clamp_hi + c, n);
    call.multiplier = multiplier_;
    call.bias = bias_;
    call.clamp_lo = clamp_lo_;
    call.clamp_hi = clamp_hi_;
  }
  LastChannels(const LastChannels&) = delete;
  LastChannels& operator=(const LastChannels&) = delete;

  IntervalBoundsCall call;

 private:
  float multiplier_[8] = {};
  std::int32_t bias_[8] = {};
  std::int8_t clamp_lo_[8] = {}, clamp_hi_[8] = {};
};

}  // namespace bulwark::kernels
