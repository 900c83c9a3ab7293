// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/neon.h"

#include "kernels/wide/time_filter.h"

namespace bulwark::kernels {

/// One feature per unit: four units in the lanes, sums in 64 bits.
void time_filter_s16_s8_4x1_neon(const TimeFilterCall& call) {
  std::int64_t u = 0;
  for (; u + 4 <= call.units; u += 4) {
    int64x2_t low = vdupq_n_s64(0), high = low;
    if (call.bias != nullptr) {
      const int32x4_t bias = vld1q_s32(call.bias + u);
      low = vmovl_s32(vget_low_s32(bias));
      high = vmovl_high_s32(bias);
    }
    for (std::int64_t t = 0; t < call.time; ++t) {
      const std::int64_t at = t * call.units + u;
      const int32x4_t product = vmull_s16(vld1_s16(call.input + at), vld1_s16(call.weights + at));
      low = vaddw_s32(low, vget_low_s32(product));
      high = vaddw_high_s32(high, product);
    }
    call.output[u] = finish_time_filter(vgetq_lane_s64(low, 0), call);
    call.output[u + 1] = finish_time_filter(vgetq_lane_s64(low, 1), call);
    call.output[u + 2] = finish_time_filter(vgetq_lane_s64(high, 0), call);
    call.output[u + 3] = finish_time_filter(vgetq_lane_s64(high, 1), call);
  }
  for (; u < call.units; ++u) {
    std::int64_t sum = call.bias == nullptr ? 0 : call.bias[u];
    for (std::int64_t t = 0; t < call.time; ++t) {
      sum += std::int32_t{call.weights[t * call.units + u]} * call.input[t * call.units + u];
    }
    call.output[u] = finish_time_filter(sum, call);
  }
}

}  // namespace bulwark::kernels
