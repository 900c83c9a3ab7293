// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/common/elementwise_neon.h"

namespace bulwark::kernels {
namespace {

struct Constants {
  explicit Constants(const DequantizeCall& call)
      : in(byte_kind(call.input_unsigned)),
        zero_point(vdupq_n_s8(static_cast<std::int8_t>(call.zero_point - in.shift))),
        scale(vdupq_n_f32(call.scale)) {}
  ByteKind in;
  int8x16_t zero_point;
  float32x4_t scale;
};

void dequantize_16(int8x16_t x, const Constants& k, float* output) {
  int32x4_t wide[4];
  subtract_and_widen(veorq_s8(x, k.in.flip), k.zero_point, wide);
  for (int i = 0; i < 4; ++i) vst1q_f32(output + 4 * i, vmulq_f32(vcvtq_f32_s32(wide[i]), k.scale));
}

}  // namespace

void dequantize_x8_f32_16x1_neon(const DequantizeCall& call) {
  const Constants k(call);
  const std::int8_t* input = static_cast<const std::int8_t*>(call.input);
  for_each_16(
      call.count, [&](std::int64_t i) { dequantize_16(vld1q_s8(input + i), k, call.output + i); },
      [&](std::int64_t i, std::size_t n) {
        float lanes[16];
        dequantize_16(load_first(input + i, n), k, lanes);
        std::memcpy(call.output + i, lanes, n * sizeof(float));
      });
}

}  // namespace bulwark::kernels
