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
  /// sums[row] = sum of |w|, below 2^32: a row has at most kMaxRowElements weights.
  void read(const std::uint8_t* data, std::int32_t rows, std::int32_t elements, std::uint32_t* sums) {
    std::int32_t row = 0;
    if (elements >= 8 && elements <= kMostOfFour) {
      for (; rows - row >= 4 && !is_widest(); row += 4, data += 4 * std::ptrdiff_t{elements})
        vst1q_u32(sums + row, four<true>(data, elements));
      for (; rows - row >= 4; row += 4, data += 4 * std::ptrdiff_t{elements})
        vst1q_u32(sums + row, four<false>(data, elements));
    }
    for (; row < rows; ++row, data += elements) sums[row] = sum_abs(data, elements);
  }

  WeightExtremes extremes() const { return {vminvq_s8(lo_), vmaxvq_s8(hi_), 0}; }

 private:
  static constexpr std::int32_t kBlock = 64;
  /// Blocks until a lane of 16 bits is full: each adds 2 pairs of at most 256 to it.
  static constexpr std::int32_t kChain = 127 * kBlock;
  /// The longest rows of which a vector of 16-bit lanes holds the sums.
  static constexpr std::int32_t kMostOfFour = 255 * 16;

  static int8x16_t load(const std::uint8_t* from) { return vreinterpretq_s8_u8(vld1q_u8(from)); }

  /// Nothing but -128 can widen what has been read, as is usual after some rows.
  bool is_widest() const { return vmaxvq_s8(hi_) == INT8_MAX && vminvq_s8(lo_) <= -INT8_MAX; }

  void widen(const WeightRowsNeon& other) {
    lo_ = vminq_s8(lo_, other.lo_);
    hi_ = vmaxq_s8(hi_, other.hi_);
  }

  template <bool kHi = true>
  uint8x16_t take(int8x16_t w) {
    lo_ = vminq_s8(lo_, w);
    if constexpr (kHi) hi_ = vmaxq_s8(hi_, w);
    return vreinterpretq_u8_s8(vabsq_s8(w));  // |-128| is 128
  }

  std::uint32_t sum_abs(const std::uint8_t* row, std::int32_t elements) {
    if (elements < 8) return few(row, elements);
    return elements < 16 ? one_vector(row, elements) : vectors(row, elements);
  }

  static uint32x4_t add_lanes(const uint16x8_t (&s)[4]) {
    const uint32x4_t s01 = vpaddq_u32(vpaddlq_u16(s[0]), vpaddlq_u16(s[1]));
    return vpaddq_u32(s01, vpaddq_u32(vpaddlq_u16(s[2]), vpaddlq_u16(s[3])));
  }

  /// Four rows of 16..kMostOfFour.
  template <bool kHi>
  uint32x4_t four_rows(const std::uint8_t* rows, std::int32_t elements) {
    const std::uint8_t* row[4];
    uint16x8_t s[4];
    for (int r = 0; r < 4; ++r) {
      row[r] = rows + r * std::ptrdiff_t{elements};
      s[r] = vdupq_n_u16(0);
    }
    // Members would be stored after every load of bytes, which could be theirs.
    WeightRowsNeon first = *this, second = *this;
    for (; elements >= 64; elements -= 64) {
      for (int r = 0; r < 4; ++r) {
        const uint8x16x4_t w = vld1q_u8_x4(row[r]);
        for (int i = 0; i < 4; i += 2) {
          s[r] = vpadalq_u8(s[r], first.take<kHi>(vreinterpretq_s8_u8(w.val[i])));
          s[r] = vpadalq_u8(s[r], second.take<kHi>(vreinterpretq_s8_u8(w.val[i + 1])));
        }
        row[r] += 64;
      }
    }
    if (elements >= 32) {
      elements -= 32;
      for (int r = 0; r < 4; ++r) {
        const uint8x16x2_t w = vld1q_u8_x2(row[r]);
        s[r] = vpadalq_u8(s[r], first.take<kHi>(vreinterpretq_s8_u8(w.val[0])));
        s[r] = vpadalq_u8(s[r], second.take<kHi>(vreinterpretq_s8_u8(w.val[1])));
        row[r] += 32;
      }
    }
    widen(first);
    widen(second);
    if (elements >= 16) {
      elements -= 16;
      for (int r = 0; r < 4; ++r) {
        s[r] = vpadalq_u8(s[r], take<kHi>(load(row[r])));
        row[r] += 16;
      }
    }
    if (elements > 0) {
      // The last 16 of a row, of which those not seen yet are counted.
      const uint8x16_t counted = vld1q_u8(kLastLanes + elements);
      for (int r = 0; r < 4; ++r) {
        const uint8x16_t magnitude = take<kHi>(load(row[r] + elements - 16));
        s[r] = vpadalq_u8(s[r], vandq_u8(magnitude, counted));
      }
    }
    return add_lanes(s);
  }

  /// Four rows of 8..15, each as in one_vector().
  template <bool kHi>
  uint32x4_t four_vectors(const std::uint8_t* rows, std::int32_t elements) {
    const uint8x16_t counted = both_ends_counted(elements);
    uint16x8_t s[4];
    for (int r = 0; r < 4; ++r, rows += elements)
      s[r] = vpaddlq_u8(vandq_u8(take<kHi>(both_ends(rows, elements)), counted));
    return add_lanes(s);
  }

  template <bool kHi>
  uint32x4_t four(const std::uint8_t* rows, std::int32_t elements) {
    return elements < 16 ? four_vectors<kHi>(rows, elements) : four_rows<kHi>(rows, elements);
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
    return vaddlvq_u8(vandq_u8(take(both_ends(row, elements)), both_ends_counted(elements)));
  }
  static int8x16_t both_ends(const std::uint8_t* row, std::int32_t elements) {
    return vreinterpretq_s8_u8(vcombine_u8(vld1_u8(row), vld1_u8(row + elements - 8)));
  }
  static uint8x16_t both_ends_counted(std::int32_t elements) {
    return vcombine_u8(vdup_n_u8(0xff), last_lanes8(elements - 8, false));
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
