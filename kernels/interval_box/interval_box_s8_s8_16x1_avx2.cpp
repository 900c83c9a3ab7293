// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise_avx2.h"
#include "kernels/common/interval.h"

namespace bulwark::kernels {
namespace {

struct Box {
  __m128i centre, radius;
};

/// Results fit 8 bits, so wrapping sums of 8 bits are those of 32.
Box doubled_16(__m128i lo, __m128i hi, __m128i twice_offset) {
  return {_mm_sub_epi8(_mm_add_epi8(lo, hi), twice_offset), _mm_sub_epi8(hi, lo)};
}

Box halved_16(__m128i lo, __m128i hi) {
  // avg rounds up and is unsigned: floor((a + b) / 2) of signed bytes is its complement on complemented ones.
  const __m128i flip = _mm_set1_epi8(127);
  const __m128i centre = _mm_xor_si128(_mm_avg_epu8(_mm_xor_si128(lo, flip), _mm_xor_si128(hi, flip)), flip);
  return {centre, _mm_sub_epi8(_mm_sub_epi8(hi, centre), _mm_set1_epi8(64))};
}

template <typename Make>
void run(const IntervalBoxCall& call, Make make) {
  for_each_16(
      call.count,
      [&](std::int64_t i) {
        const Box box = make(load_16(call.lo + i), load_16(call.hi + i));
        store_16(call.centre + i, box.centre);
        store_16(call.radius + i, box.radius);
      },
      [&](std::int64_t i, std::size_t n) {
        const Box box = make(load_first(call.lo + i, n), load_first(call.hi + i, n));
        store_first(call.centre + i, box.centre, n);
        store_first(call.radius + i, box.radius, n);
      });
}

}  // namespace

void interval_box_s8_s8_16x1_avx2(const IntervalBoxCall& call) {
  if (!call.doubled) {
    run(call, halved_16);
    return;
  }
  const __m128i twice_offset = _mm_set1_epi8(static_cast<char>(2 * call.offset));
  run(call, [&](__m128i lo, __m128i hi) { return doubled_16(lo, hi, twice_offset); });
}

}  // namespace bulwark::kernels
