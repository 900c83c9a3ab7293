// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/common/elementwise_neon.h"

namespace bulwark::kernels {
namespace {

struct Constants {
  explicit Constants(const RequantizeCall& call)
      : in(byte_kind(call.input_unsigned)),
        out(byte_kind(call.output_unsigned)),
        zero_point_in(vdupq_n_s8(static_cast<std::int8_t>(call.zero_point_in - in.shift))),
        multiplier(vdupq_n_f32(call.multiplier)),
        zero_point(vdupq_n_s16(static_cast<std::int16_t>(call.zero_point - out.shift))),
        lo(vdupq_n_s8(static_cast<std::int8_t>(call.lo - out.shift))),
        hi(vdupq_n_s8(static_cast<std::int8_t>(call.hi - out.shift))) {}
  ByteKind in, out;
  int8x16_t zero_point_in;
  float32x4_t multiplier;
  int16x8_t zero_point;
  int8x16_t lo, hi;
};

int8x16_t requantize_16(int8x16_t x, const Constants& k) {
  int32x4_t wide[4];
  subtract_and_widen(veorq_s8(x, k.in.flip), k.zero_point_in, wide);
  for (int32x4_t& v : wide) v = scale_and_round(v, k.multiplier);
  return veorq_s8(narrow_and_clamp(wide[0], wide[1], wide[2], wide[3], k.zero_point, k.lo, k.hi), k.out.flip);
}

}  // namespace

void requantize_x8_x8_16x1_neon(const RequantizeCall& call) {
  const Constants k(call);
  const std::int8_t* input = static_cast<const std::int8_t*>(call.input);
  std::int8_t* output = static_cast<std::int8_t*>(call.output);
  for_each_16(
      call.count, [&](std::int64_t i) { vst1q_s8(output + i, requantize_16(vld1q_s8(input + i), k)); },
      [&](std::int64_t i, std::size_t n) {
        store_first(output + i, requantize_16(load_first(input + i, n), k), n);
      });
}

}  // namespace bulwark::kernels
