// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/common/elementwise_neon.h"

namespace bulwark::kernels {

void clip_x8_x8_16x1_neon(const ClipCall& call) {
  const ByteKind kind = byte_kind(call.is_unsigned);
  const int8x16_t lo = vdupq_n_s8(static_cast<std::int8_t>(call.lo - kind.shift));
  const int8x16_t hi = vdupq_n_s8(static_cast<std::int8_t>(call.hi - kind.shift));
  const std::int8_t* input = static_cast<const std::int8_t*>(call.input);
  std::int8_t* output = static_cast<std::int8_t*>(call.output);
  const auto clip_16 = [&](int8x16_t x) {
    return veorq_s8(vminq_s8(vmaxq_s8(veorq_s8(x, kind.flip), lo), hi), kind.flip);
  };
  for_each_16(
      call.count, [&](std::int64_t i) { vst1q_s8(output + i, clip_16(vld1q_s8(input + i))); },
      [&](std::int64_t i, std::size_t n) { store_first(output + i, clip_16(load_first(input + i, n)), n); });
}

}  // namespace bulwark::kernels
