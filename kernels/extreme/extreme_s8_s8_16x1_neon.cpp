// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/common/elementwise_neon.h"

namespace bulwark::kernels {

void extreme_s8_s8_16x1_neon(const ExtremeCall& call) {
  const int8x16_t lo = vdupq_n_s8(static_cast<std::int8_t>(call.lo));
  const int8x16_t hi = vdupq_n_s8(static_cast<std::int8_t>(call.hi));
  const auto clamp = [&](int8x16_t y) { return vminq_s8(vmaxq_s8(y, lo), hi); };
  if (call.maximum) {
    for_each_pair_16(call, [&](int8x16_t a, int8x16_t b) { return clamp(vmaxq_s8(a, b)); });
  } else {
    for_each_pair_16(call, [&](int8x16_t a, int8x16_t b) { return clamp(vminq_s8(a, b)); });
  }
}

}  // namespace bulwark::kernels
