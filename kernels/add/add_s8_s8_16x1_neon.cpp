// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "kernels/common/bounded_sums.h"
#include "kernels/common/elementwise.h"
#include "kernels/common/elementwise_neon.h"

namespace bulwark::kernels {
namespace {

struct Constants {
  explicit Constants(const AddCall& call)
      : multiplier_a(call.multiplier_a),
        multiplier_b(call.multiplier_b),
        bias(vdupq_n_s32(call.bias)),
        multiplier(vdupq_n_f32(call.multiplier)),
        zero_point(vdupq_n_s16(static_cast<std::int16_t>(call.zero_point))),
        lo(vdupq_n_s8(static_cast<std::int8_t>(call.lo))),
        hi(vdupq_n_s8(static_cast<std::int8_t>(call.hi))) {}
  std::int32_t multiplier_a, multiplier_b;
  int32x4_t bias;
  float32x4_t multiplier;
  int16x8_t zero_point;
  int8x16_t lo, hi;
};

/// Whether every result fits 16 bits before its zero point is added.
bool is_bounded(const AddCall& call) {
  const std::int64_t multipliers =
      std::abs(std::int64_t{call.multiplier_a}) + std::abs(std::int64_t{call.multiplier_b});
  return rounds_to_int16(128 * multipliers + std::abs(std::int64_t{call.bias}), call.multiplier);
}

float32x4_t add_4(int16x4_t a, int16x4_t b, const Constants& k) {
  const int32x4_t sum = vmlaq_n_s32(k.bias, vmovl_s16(a), k.multiplier_a);
  return vmulq_f32(vcvtq_f32_s32(vmlaq_n_s32(sum, vmovl_s16(b), k.multiplier_b)), k.multiplier);
}

/// Rounded; kBounded: by an addition (kernels/common/bounded_sums.h).
template <bool kBounded>
[[gnu::always_inline]] inline int16x8_t add_8(int16x8_t a, int16x8_t b, const Constants& k) {
  const float32x4_t low = add_4(vget_low_s16(a), vget_low_s16(b), k);
  const float32x4_t high = add_4(vget_high_s16(a), vget_high_s16(b), k);
  if constexpr (kBounded) {
    const float32x4_t middle = vreinterpretq_f32_s32(vdupq_n_s32(kSumOffset));
    return vuzp1q_s16(vreinterpretq_s16_f32(vaddq_f32(low, middle)),
                      vreinterpretq_s16_f32(vaddq_f32(high, middle)));
  }
  return vqmovn_high_s32(vqmovn_s32(vcvtnq_s32_f32(low)), vcvtnq_s32_f32(high));
}

template <bool kBounded>
[[gnu::always_inline]] inline int8x16_t add_16(int8x16_t a, int8x16_t b, const Constants& k) {
  const int16x8_t low = add_8<kBounded>(vmovl_s8(vget_low_s8(a)), vmovl_s8(vget_low_s8(b)), k);
  const int16x8_t high = add_8<kBounded>(vmovl_high_s8(a), vmovl_high_s8(b), k);
  const int8x16_t y =
      vqmovn_high_s16(vqmovn_s16(vqaddq_s16(low, k.zero_point)), vqaddq_s16(high, k.zero_point));
  return vminq_s8(vmaxq_s8(y, k.lo), k.hi);
}

template <bool kBounded>
void add(const AddCall& call) {
  const Constants k(call);
  for_each_pair_16(call, [&](int8x16_t a, int8x16_t b) { return add_16<kBounded>(a, b, k); });
}

}  // namespace

void add_s8_s8_16x1_neon(const AddCall& call) { is_bounded(call) ? add<true>(call) : add<false>(call); }

}  // namespace bulwark::kernels
