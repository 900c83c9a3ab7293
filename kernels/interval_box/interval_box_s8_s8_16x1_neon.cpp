// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise_neon.h"
#include "kernels/common/interval.h"

namespace bulwark::kernels {
namespace {

struct Box {
  int8x16_t centre, radius;
};

/// Results fit 8 bits, so wrapping sums of 8 bits are those of 32.
[[gnu::always_inline]] inline Box doubled_16(int8x16_t lo, int8x16_t hi, int8x16_t twice_offset) {
  return {vsubq_s8(vaddq_s8(lo, hi), twice_offset), vsubq_s8(hi, lo)};
}

[[gnu::always_inline]] inline Box halved_16(int8x16_t lo, int8x16_t hi) {
  const int8x16_t centre = vhaddq_s8(lo, hi);
  return {centre, vsubq_s8(vsubq_s8(hi, centre), vdupq_n_s8(64))};
}

/// `call` is a copy: stores of bytes could change another's pointers.
template <typename Make>
[[gnu::always_inline]] inline void run(const IntervalBoxCall call, Make make) {
  for_each_16(
      call.count,
      [&](std::int64_t i) {
        const Box box = make(vld1q_s8(call.lo + i), vld1q_s8(call.hi + i));
        vst1q_s8(call.centre + i, box.centre);
        vst1q_s8(call.radius + i, box.radius);
      },
      [&](std::int64_t i, std::size_t n) {
        const Box box = make(load_first(call.lo + i, n), load_first(call.hi + i, n));
        store_first(call.centre + i, box.centre, n);
        store_first(call.radius + i, box.radius, n);
      });
}

}  // namespace

void interval_box_s8_s8_16x1_neon(const IntervalBoxCall& call) {
  if (!call.doubled) {
    run(call, halved_16);
    return;
  }
  const int8x16_t twice_offset = vdupq_n_s8(static_cast<std::int8_t>(2 * call.offset));
  run(call, [&](int8x16_t lo, int8x16_t hi) { return doubled_16(lo, hi, twice_offset); });
}

}  // namespace bulwark::kernels
