// SPDX-License-Identifier: Apache-2.0
// Rows of 8-bit weights on 64-bit ARM: the sum of |w| of each row, the extremes of all. No byte outside a row
// is read.
#pragma once

#include <arm_neon.h>

#include <algorithm>
#include <cstring>

#include "schema/model_view.h"

namespace bulwark::schema {

class WeightRowsNeon {
 public:
  /// Below 2^32: a row has at most kMaxRowElements weights.
  std::uint32_t sum_abs(const std::uint8_t* row, std::int32_t elements) {
    if (elements < 8) return few(row, elements);
    return elements < 16 ? one_vector(row, elements) : vectors(row, elements);
  }

  WeightExtremes extremes() const { return {vminvq_s8(lo_), vmaxvq_s8(hi_), 0}; }

 private:
  static constexpr std::int32_t kBlock = 64;
  /// Blocks until a lane of 16 bits is full: each adds 2 pairs of at most 256 to it.
  static constexpr std::int32_t kChain = 127 * kBlock;

  static int8x16_t load(const std::uint8_t* from) { return vreinterpretq_s8_u8(vld1q_u8(from)); }

  uint8x16_t take(int8x16_t w) {
    lo_ = vminq_s8(lo_, w);
    hi_ = vmaxq_s8(hi_, w);
    return vreinterpretq_u8_s8(vabsq_s8(w));  // |-128| is 128
  }

  std::uint32_t few(const std::uint8_t* row, std::int32_t elements) {
    std::uint8_t filled[8];  // with the last one, for the extremes
    std::memset(filled, row[elements - 1], sizeof filled);
    std::memcpy(filled, row, static_cast<std::size_t>(elements));
    const uint8x8_t w = vld1_u8(filled);
    const uint8x16_t magnitude = take(vreinterpretq_s8_u8(vcombine_u8(w, w)));
    return vaddlv_u8(vand_u8(vget_low_u8(magnitude), last_lanes8(elements, true)));
  }

  /// Both ends of a row of 8..15; the second counts where the first has not been.
  std::uint32_t one_vector(const std::uint8_t* row, std::int32_t elements) {
    const uint8x8_t end = vld1_u8(row + elements - 8);
    const uint8x16_t magnitude = take(vreinterpretq_s8_u8(vcombine_u8(vld1_u8(row), end)));
    const uint8x16_t counted = vcombine_u8(vdup_n_u8(0xff), last_lanes8(elements - 8, false));
    return vaddlvq_u8(vandq_u8(magnitude, counted));
  }

  std::uint32_t vectors(const std::uint8_t* row, std::int32_t elements) {
    const std::uint8_t* const end = row + elements;
    std::uint32_t sum = 0;
    for (; elements >= kBlock; elements -= std::min(elements / kBlock * kBlock, kChain)) {
      const std::uint8_t* const chain_end = row + std::min(elements / kBlock * kBlock, kChain);
      uint16x8_t a = vdupq_n_u16(0), b = a;
      for (; row != chain_end; row += kBlock) {
        const int8x16_t w0 = load(row), w1 = load(row + 16), w2 = load(row + 32), w3 = load(row + 48);
        a = vpadalq_u8(a, take(w0));
        b = vpadalq_u8(b, take(w1));
        a = vpadalq_u8(a, take(w2));
        b = vpadalq_u8(b, take(w3));
      }
      sum += vaddlvq_u16(a) + vaddlvq_u16(b);
    }
    uint16x8_t rest = vdupq_n_u16(0);
    for (; end - row >= 16; row += 16) rest = vpadalq_u8(rest, take(load(row)));
    if (row != end) {
      // The last 16 of the row, of which those not seen yet are counted.
      const uint8x16_t magnitude = take(load(end - 16));
      rest = vpadalq_u8(rest, vandq_u8(magnitude, vld1q_u8(kLastLanes + (end - row))));
    }
    return sum + vaddlvq_u16(rest);
  }

  /// All bits of the first `count` lanes (first) or of the last ones.
  static uint8x8_t last_lanes8(std::int32_t count, bool first) {
    const uint8x8_t last = vld1_u8(kLastLanes + 8 + count);
    return first ? vrev64_u8(last) : last;
  }

  alignas(16) static constexpr std::uint8_t kLastLanes[32] = {
      0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

  int8x16_t lo_ = vdupq_n_s8(INT8_MAX), hi_ = vdupq_n_s8(INT8_MIN);
};

}  // namespace bulwark::schema
