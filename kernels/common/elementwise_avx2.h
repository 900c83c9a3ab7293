// SPDX-License-Identifier: Apache-2.0
// Vectors of 16 elements of signed or unsigned bytes with AVX2. An unsigned byte u is handled as the signed
// byte u - 128, which is u with its top bit flipped, and every zero point and bound moves along; that leaves
// differences, and so results, as they are. Internal linkage throughout: these functions must not stand in
// for those of files that are compiled for older processors.
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <cstring>

namespace bulwark::kernels {
namespace {

/// What signed arithmetic has to flip and to subtract for a tensor of bytes.
struct ByteKind {
  __m128i flip;
  std::int32_t shift;
};
[[maybe_unused]] ByteKind byte_kind(bool is_unsigned) {
  return {_mm_set1_epi8(is_unsigned ? -128 : 0), is_unsigned ? 128 : 0};
}

[[maybe_unused]] __m128i load_16(const std::int8_t* bytes) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
}
[[maybe_unused]] void store_16(std::int8_t* bytes, __m128i value) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes), value);
}

/// 1..15 bytes; the other lanes are zero. Nothing behind the bytes is touched.
[[maybe_unused]] __m128i load_first(const std::int8_t* bytes, std::size_t count) {
  std::int8_t lanes[16] = {};
  std::memcpy(lanes, bytes, count);
  return load_16(lanes);
}
[[maybe_unused]] void store_first(std::int8_t* bytes, __m128i value, std::size_t count) {
  std::int8_t lanes[16];
  store_16(lanes, value);
  std::memcpy(bytes, lanes, count);
}

/// Sixteen integers.
struct Wide {
  __m256i first, last;
};
[[maybe_unused]] Wide widen(__m128i bytes) {
  return {_mm256_cvtepi8_epi32(bytes), _mm256_cvtepi8_epi32(_mm_srli_si128(bytes, 8))};
}

/// From real values in output steps to bytes: clamped in float (x86 turns a float outside int32 into
/// INT_MIN), rounded to even, the zero point added.
struct OutputStage {
  /// `lo`, `hi` and `zero_point` of the operator; `is_unsigned`: of its output.
  OutputStage(std::int32_t zero_point, std::int32_t lo, std::int32_t hi, bool is_unsigned)
      : kind(byte_kind(is_unsigned)),
        low(_mm256_set1_ps(static_cast<float>(lo - zero_point))),
        high(_mm256_set1_ps(static_cast<float>(hi - zero_point))),
        offset(_mm256_set1_epi16(static_cast<std::int16_t>(zero_point - kind.shift))) {}

  /// NaN becomes the lower bound: maxps gives its second operand then.
  __m256i round(__m256 x) const { return _mm256_cvtps_epi32(_mm256_min_ps(_mm256_max_ps(x, low), high)); }

  __m128i finish(__m256 first, __m256 last) const {
    // packs works within halves of 128 bits; the permutation restores the order.
    const __m256i packed = _mm256_permute4x64_epi64(_mm256_packs_epi32(round(first), round(last)), 0xD8);
    const __m256i y = _mm256_add_epi16(packed, offset);
    return _mm_xor_si128(_mm_packs_epi16(_mm256_castsi256_si128(y), _mm256_extracti128_si256(y, 1)),
                         kind.flip);
  }

  /// clamp(rne(float(v) * multiplier) + zero_point, lo, hi)
  __m128i requantize(const Wide& v, __m256 multiplier) const {
    return finish(_mm256_mul_ps(_mm256_cvtepi32_ps(v.first), multiplier),
                  _mm256_mul_ps(_mm256_cvtepi32_ps(v.last), multiplier));
  }

  ByteKind kind;
  __m256 low, high;
  __m256i offset;
};

/// Runs whole(i) for every whole vector of 16 elements, then rest(i, n) for the n = 1..15 that are left.
template <typename Whole, typename Rest>
void for_each_16(std::int64_t count, Whole whole, Rest rest) {
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16) whole(i);
  if (i < count) rest(i, static_cast<std::size_t>(count - i));
}

/// An operator of two tensors: combine(a, b) of every 16 elements. Call has a, b, output, count, b_repeats.
template <typename Call, typename Combine>
void for_each_pair_16(const Call& call, Combine combine) {
  if (call.b_repeats) {
    if (call.count == 0) return;
    const __m128i b = _mm_set1_epi8(*call.b);
    for_each_16(
        call.count, [&](std::int64_t i) { store_16(call.output + i, combine(load_16(call.a + i), b)); },
        [&](std::int64_t i, std::size_t n) {
          store_first(call.output + i, combine(load_first(call.a + i, n), b), n);
        });
    return;
  }
  for_each_16(
      call.count,
      [&](std::int64_t i) { store_16(call.output + i, combine(load_16(call.a + i), load_16(call.b + i))); },
      [&](std::int64_t i, std::size_t n) {
        store_first(call.output + i, combine(load_first(call.a + i, n), load_first(call.b + i, n)), n);
      });
}

}  // namespace
}  // namespace bulwark::kernels
