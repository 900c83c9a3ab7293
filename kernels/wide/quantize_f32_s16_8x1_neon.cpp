// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/wide/wide_neon.h"

namespace bulwark::kernels {
namespace {

struct Constants {
  explicit Constants(const QuantizeWideCall& call)
      : scale(vdupq_n_f32(call.scale)),
        low(vdupq_n_f32(static_cast<float>(call.lo))),
        lo(vdupq_n_s16(static_cast<std::int16_t>(call.lo))),
        hi(vdupq_n_s16(static_cast<std::int16_t>(call.hi))) {}
  float32x4_t scale, low;
  int16x8_t lo, hi;
};

/// fmaxnm prefers the number to a NaN, which makes a NaN the lower bound; the rest saturates.
int16x8_t quantize_8(const float* x, const Constants& k) {
  const int32x4_t a = vcvtnq_s32_f32(vmaxnmq_f32(vdivq_f32(vld1q_f32(x), k.scale), k.low));
  const int32x4_t b = vcvtnq_s32_f32(vmaxnmq_f32(vdivq_f32(vld1q_f32(x + 4), k.scale), k.low));
  return clamp(vqmovn_high_s32(vqmovn_s32(a), b), k.lo, k.hi);
}

}  // namespace

void quantize_f32_s16_8x1_neon(const QuantizeWideCall& call) {
  const Constants k(call);
  for_each_8(
      call.count, [&](std::int64_t i) { vst1q_s16(call.output + i, quantize_8(call.input + i, k)); },
      [&](std::int64_t i, std::size_t n) {
        float lanes[8] = {};
        std::memcpy(lanes, call.input + i, n * sizeof(float));
        store_first_8(call.output + i, quantize_8(lanes, k), n);
      });
}

}  // namespace bulwark::kernels
