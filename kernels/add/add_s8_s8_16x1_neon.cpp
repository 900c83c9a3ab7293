// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "kernels/common/bounded_sums.h"
#include "kernels/common/elementwise.h"
#include "kernels/common/elementwise_neon.h"

namespace bulwark::kernels {
namespace {

/// How results are rounded, placed and clamped.
enum class Output {
  any,
  bounded,  ///< every result fits 16 bits before its zero point is added
  plain,    ///< moreover the zero point is even and there is no clamp
};

Output output_of(const AddCall& call) {
  const std::int64_t multipliers =
      std::abs(std::int64_t{call.multiplier_a}) + std::abs(std::int64_t{call.multiplier_b});
  if (!rounds_to_int16(128 * multipliers + std::abs(std::int64_t{call.bias}), call.multiplier))
    return Output::any;
  return call.zero_point % 2 == 0 && call.lo == -128 && call.hi == 127 ? Output::plain : Output::bounded;
}

struct Constants {
  explicit Constants(const AddCall& call)
      : multiplier_a(call.multiplier_a),
        multiplier_b(call.multiplier_b),
        bias(vdupq_n_s32(call.bias)),
        multiplier(vdupq_n_f32(call.multiplier)),
        rounding(vreinterpretq_f32_s32(vdupq_n_s32(kSumOffset))),
        rounding_and_zero_point(vreinterpretq_f32_s32(vdupq_n_s32(kSumOffset + call.zero_point))),
        zero_point(vdupq_n_s16(static_cast<std::int16_t>(call.zero_point))),
        lo(vdupq_n_s8(static_cast<std::int8_t>(call.lo))),
        hi(vdupq_n_s8(static_cast<std::int8_t>(call.hi))) {}
  std::int32_t multiplier_a, multiplier_b;
  int32x4_t bias;
  float32x4_t multiplier;
  float32x4_t rounding, rounding_and_zero_point;  ///< kernels/common/bounded_sums.h
  int16x8_t zero_point;
  int8x16_t lo, hi;
};

/// 16 * kVectors elements as words.
template <int kVectors>
struct Words {
  int16x8_t of[2 * kVectors];
  [[gnu::always_inline]] inline void widen(int i, int8x16_t bytes) {
    of[2 * i] = vmovl_s8(vget_low_s8(bytes));
    of[2 * i + 1] = vmovl_high_s8(bytes);
  }
  [[gnu::always_inline]] inline void load(const std::int8_t* from) {
    for (int i = 0; i < kVectors; ++i) widen(i, vld1q_s8(from + 16 * i));
  }
};

template <int kVectors>
[[gnu::always_inline]] inline void sum_of(const Words<kVectors>& a, const Words<kVectors>& b,
                                          const Constants& k, int32x4_t (&sum)[4 * kVectors]) {
  for (int i = 0; i < 2 * kVectors; ++i) {
    sum[2 * i] = vmlaq_n_s32(k.bias, vmovl_s16(vget_low_s16(a.of[i])), k.multiplier_a);
    sum[2 * i + 1] = vmlaq_n_s32(k.bias, vmovl_high_s16(a.of[i]), k.multiplier_a);
  }
  for (int i = 0; i < 2 * kVectors; ++i) {
    sum[2 * i] = vmlaq_n_s32(sum[2 * i], vmovl_s16(vget_low_s16(b.of[i])), k.multiplier_b);
    sum[2 * i + 1] = vmlaq_n_s32(sum[2 * i + 1], vmovl_high_s16(b.of[i]), k.multiplier_b);
  }
}

/// Eight sums, rounded; with the zero point where kOutput is plain.
template <Output kOutput>
[[gnu::always_inline]] inline int16x8_t rounded(float32x4_t low, float32x4_t high, const Constants& k) {
  if constexpr (kOutput == Output::any) {
    return vqmovn_high_s32(vqmovn_s32(vcvtnq_s32_f32(low)), vcvtnq_s32_f32(high));
  }
  const float32x4_t middle = kOutput == Output::plain ? k.rounding_and_zero_point : k.rounding;
  return vuzp1q_s16(vreinterpretq_s16_f32(vaddq_f32(low, middle)),
                    vreinterpretq_s16_f32(vaddq_f32(high, middle)));
}

template <Output kOutput, int kVectors>
[[gnu::always_inline]] inline void requantize(const int32x4_t (&sum)[4 * kVectors], const Constants& k,
                                              int8x16_t (&y)[kVectors]) {
  float32x4_t scaled[4 * kVectors];
  for (int i = 0; i < 4 * kVectors; ++i) scaled[i] = vmulq_f32(vcvtq_f32_s32(sum[i]), k.multiplier);
  int16x8_t words[2 * kVectors];
  for (int i = 0; i < 2 * kVectors; ++i) {
    words[i] = rounded<kOutput>(scaled[2 * i], scaled[2 * i + 1], k);
    if constexpr (kOutput != Output::plain) words[i] = vqaddq_s16(words[i], k.zero_point);
  }
  for (int i = 0; i < kVectors; ++i) {
    y[i] = vqmovn_high_s16(vqmovn_s16(words[2 * i]), words[2 * i + 1]);
    if constexpr (kOutput != Output::plain) y[i] = vminq_s8(vmaxq_s8(y[i], k.lo), k.hi);
  }
}

template <Output kOutput>
[[gnu::always_inline]] inline int8x16_t add_16(int8x16_t a, int8x16_t b, const Constants& k) {
  Words<1> x, z;
  x.widen(0, a);
  z.widen(0, b);
  int32x4_t sum[4];
  sum_of(x, z, k, sum);
  int8x16_t y[1];
  requantize<kOutput>(sum, k, y);
  return y[0];
}

/// 32 elements a step; the next ones are loaded while those before them are rounded, for cores that run in
/// order. Returns how many it has done.
template <Output kOutput>
std::int64_t add_by_32(const AddCall& call, const Constants& k) {
  const std::int64_t end = call.count / 32 * 32;
  if (call.b_repeats || end == 0) return 0;
  const std::int8_t *a = call.a, *b = call.b;
  std::int8_t* output = call.output;
  Words<2> x, z;
  x.load(a);
  z.load(b);
  std::int64_t i = 0;
  const auto step = [&](bool more) __attribute__((always_inline)) {
    int32x4_t sum[8];
    sum_of(x, z, k, sum);
    if (more) {
      x.load(a + i + 32);
      z.load(b + i + 32);
    }
    int8x16_t y[2];
    requantize<kOutput>(sum, k, y);
    vst1q_s8(output + i, y[0]);
    vst1q_s8(output + i + 16, y[1]);
  };
  for (; i + 32 < end; i += 32) step(true);
  step(false);
  return end;
}

template <Output kOutput>
void add(AddCall call) {
  const Constants k(call);
  const std::int64_t done = add_by_32<kOutput>(call, k);
  call.a += done, call.b += call.b_repeats ? 0 : done, call.output += done, call.count -= done;
  for_each_pair_16(call, [&](int8x16_t a, int8x16_t b) { return add_16<kOutput>(a, b, k); });
}

}  // namespace

void add_s8_s8_16x1_neon(const AddCall& call) {
  switch (output_of(call)) {
    case Output::any:
      return add<Output::any>(call);
    case Output::bounded:
      return add<Output::bounded>(call);
    case Output::plain:
      return add<Output::plain>(call);
  }
}

}  // namespace bulwark::kernels
