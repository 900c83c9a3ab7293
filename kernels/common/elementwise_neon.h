// SPDX-License-Identifier: Apache-2.0
// Vectors of 16 elements of signed or unsigned bytes on AArch64. An unsigned byte u is handled as the signed
// byte u - 128, which is u with its top bit flipped, and every zero point and bound moves along; that leaves
// differences, and so results, as they are.
#pragma once

#include "kernels/common/neon.h"

#include "kernels/common/requantize_neon.h"

namespace bulwark::kernels {

/// What signed arithmetic has to flip and to subtract for a tensor of bytes.
struct ByteKind {
  int8x16_t flip;
  std::int32_t shift;
};
static inline ByteKind byte_kind(bool is_unsigned) {
  return {vdupq_n_s8(is_unsigned ? -128 : 0), is_unsigned ? 128 : 0};
}

/// 1..7 bytes, the first in the lowest bits. Two loads that overlap cover them without one behind the end.
static inline std::uint64_t load_first_7(const std::int8_t* bytes, std::size_t count) {
  if (count >= 4) {
    std::uint32_t first, last;
    std::memcpy(&first, bytes, 4);
    std::memcpy(&last, bytes + count - 4, 4);
    return first | std::uint64_t{last} << (8 * (count - 4));
  }
  const auto byte = [bytes](std::size_t i) { return std::uint64_t{static_cast<std::uint8_t>(bytes[i])}; };
  return byte(0) | byte(count / 2) << (8 * (count / 2)) | byte(count - 1) << (8 * (count - 1));
}

/// 1..15 bytes; the other lanes are zero. Nothing behind the bytes is read.
static inline int8x16_t load_first(const std::int8_t* bytes, std::size_t count) {
  std::uint64_t low, high = 0;
  if (count < 8) {
    low = load_first_7(bytes, count);
  } else {
    std::memcpy(&low, bytes, 8);
    if (count > 8) high = load_first_7(bytes + 8, count - 8);
  }
  return vreinterpretq_s8_u64(vcombine_u64(vcreate_u64(low), vcreate_u64(high)));
}

/// Sixteen signed bytes minus `zero_point` (in -128..127, so that the differences fit 16 bits), as integers.
static inline void subtract_and_widen(int8x16_t x, int8x16_t zero_point, int32x4_t wide[4]) {
  const int16x8_t low = vsubl_s8(vget_low_s8(x), vget_low_s8(zero_point));
  const int16x8_t high = vsubl_high_s8(x, zero_point);
  wide[0] = vmovl_s16(vget_low_s16(low));
  wide[1] = vmovl_high_s16(low);
  wide[2] = vmovl_s16(vget_low_s16(high));
  wide[3] = vmovl_high_s16(high);
}

/// Runs whole(i) for every whole vector of 16 elements, then rest(i, n) for the n = 1..15 that are left.
template <typename Whole, typename Rest>
static inline void for_each_16(std::int64_t count, Whole whole, Rest rest) {
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16) whole(i);
  if (i < count) rest(i, static_cast<std::size_t>(count - i));
}

/// The same where a vector may be computed twice because no output is also input: the last one then overlaps
/// the one before.
template <typename Whole, typename Rest>
static inline void for_each_16_overlapping(std::int64_t count, Whole whole, Rest rest) {
  if (count < 16) {
    rest(0, static_cast<std::size_t>(count));
    return;
  }
  for (std::int64_t i = 0; i + 16 < count; i += 16) whole(i);
  whole(count - 16);
}

/// An operator of two tensors: combine(a, b) of every 16 elements. Call has a, b, output, count, b_repeats.
template <typename Call, typename Combine>
static inline void for_each_pair_16(const Call& call, Combine combine) {
  if (call.b_repeats) {
    if (call.count == 0) return;
    const int8x16_t b = vdupq_n_s8(*call.b);
    for_each_16(
        call.count, [&](std::int64_t i) { vst1q_s8(call.output + i, combine(vld1q_s8(call.a + i), b)); },
        [&](std::int64_t i, std::size_t n) {
          store_first(call.output + i, combine(load_first(call.a + i, n), b), n);
        });
    return;
  }
  for_each_16(
      call.count,
      [&](std::int64_t i) { vst1q_s8(call.output + i, combine(vld1q_s8(call.a + i), vld1q_s8(call.b + i))); },
      [&](std::int64_t i, std::size_t n) {
        store_first(call.output + i, combine(load_first(call.a + i, n), load_first(call.b + i, n)), n);
      });
}

}  // namespace bulwark::kernels
