// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/wide/wide_neon.h"

namespace bulwark::kernels {

void add_s16_s16_8x1_neon(const AddWideCall& call) {
  const int16x8_t lo = vdupq_n_s16(static_cast<std::int16_t>(call.lo));
  const int16x8_t hi = vdupq_n_s16(static_cast<std::int16_t>(call.hi));
  for_each_8(
      call.count,
      [&](std::int64_t i) {
        vst1q_s16(call.output + i, clamp(vqaddq_s16(vld1q_s16(call.a + i), vld1q_s16(call.b + i)), lo, hi));
      },
      [&](std::int64_t i, std::size_t n) {
        const int16x8_t sum = vqaddq_s16(load_first_8(call.a + i, n), load_first_8(call.b + i, n));
        store_first_8(call.output + i, clamp(sum, lo, hi), n);
      });
}

}  // namespace bulwark::kernels
