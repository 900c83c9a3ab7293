// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/common/elementwise_neon.h"

namespace bulwark::kernels {
namespace {

struct Constants {
  explicit Constants(const QuantizeCall& call)
      : out(byte_kind(call.output_unsigned)),
        scale(vdupq_n_f32(call.scale)),
        low(vdupq_n_f32(static_cast<float>(call.lo - call.zero_point))),
        zero_point(vdupq_n_s16(static_cast<std::int16_t>(call.zero_point - out.shift))),
        lo(vdupq_n_s8(static_cast<std::int8_t>(call.lo - out.shift))),
        hi(vdupq_n_s8(static_cast<std::int8_t>(call.hi - out.shift))) {}
  ByteKind out;
  float32x4_t scale, low;
  int16x8_t zero_point;
  int8x16_t lo, hi;
};

/// fmaxnm prefers the number to a NaN, which makes a NaN the lower bound; the rest saturates on its way to 8
/// bits.
int32x4_t quantize_4(const float* x, const Constants& k) {
  return vcvtnq_s32_f32(vmaxnmq_f32(vdivq_f32(vld1q_f32(x), k.scale), k.low));
}

int8x16_t quantize_16(const float* x, const Constants& k) {
  return veorq_s8(narrow_and_clamp(quantize_4(x, k), quantize_4(x + 4, k), quantize_4(x + 8, k),
                                   quantize_4(x + 12, k), k.zero_point, k.lo, k.hi),
                  k.out.flip);
}

}  // namespace

void quantize_f32_x8_16x1_neon(const QuantizeCall& call) {
  const Constants k(call);
  std::int8_t* output = static_cast<std::int8_t*>(call.output);
  for_each_16(
      call.count, [&](std::int64_t i) { vst1q_s8(output + i, quantize_16(call.input + i, k)); },
      [&](std::int64_t i, std::size_t n) {
        float lanes[16] = {};
        std::memcpy(lanes, call.input + i, n * sizeof(float));
        store_first(output + i, quantize_16(lanes, k), n);
      });
}

}  // namespace bulwark::kernels
