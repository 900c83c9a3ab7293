// SPDX-License-Identifier: Apache-2.0
// The weights of 3x3 kernels of 16 channels as vectors, and what makes a record's weights of them, for
// packing: the same bytes as put() makes tap by tap.
#pragma once

#ifdef __aarch64__
#include <arm_neon.h>
#endif

#include "kernels/common/bytes16.h"
#include "kernels/depthwise/depthwise_packings.h"

namespace bulwark::kernels::depthwise {
namespace {

/// [tap], a byte for each of 16 channels.
using Taps3x3 = Bytes16[9];

/// `rows`: 16 rows of 9 bytes.
static inline void gather_taps(const std::uint8_t* rows, Taps3x3& taps) {
#ifdef __aarch64__
  alignas(16) static constexpr std::uint8_t kRow[16] = {0,  9,  18, 27, 36,  45,  54,  63,
                                                        72, 81, 90, 99, 108, 117, 126, 135};
  const uint8x16x4_t first = vld1q_u8_x4(rows), second = vld1q_u8_x4(rows + 64);
  const uint8x16_t last = vld1q_u8(rows + 128), one = vdupq_n_u8(1);
  // Places in the first 64 bytes, the next 64 and the last 16: an index beyond a table leaves the lane.
  uint8x16_t at = vld1q_u8(kRow), at64 = vsubq_u8(at, vdupq_n_u8(64)), at128 = vsubq_u8(at, vdupq_n_u8(128));
  for (Bytes16& tap : taps) {
    const uint8x16_t v = vqtbx1q_u8(vqtbx4q_u8(vqtbl4q_u8(first, at), second, at64), last, at128);
    tap = std::bit_cast<Bytes16>(v);
    at = vaddq_u8(at, one), at64 = vaddq_u8(at64, one), at128 = vaddq_u8(at128, one);
  }
#else
  for (std::size_t t = 0; t < 9; ++t) {
    std::uint8_t lanes[16];
    for (std::size_t lane = 0; lane < 16; ++lane) lanes[lane] = rows[9 * lane + t];
    taps[t] = load16(lanes);
  }
#endif
}

template <typename Sink>
void put_weights(TapMajor, Sink& sink, typename Sink::Byte* weights, const Taps3x3& taps) {
  for (std::size_t t = 0; t < 9; ++t) sink.put(weights + 16 * t, taps[t]);
}

template <typename Sink>
void put_pair(Sink& sink, typename Sink::Byte* at, Bytes16 a, Bytes16 b) {
  const Interleaved both = interleave_bytes(a, b);
  sink.put(at, both.low);
  sink.put(at + 16, both.high);
}

template <typename Sink>
void put_weights(PairsOfTaps, Sink& sink, typename Sink::Byte* weights, const Taps3x3& taps) {
  for (std::size_t row = 0; row < 2; ++row) {
    typename Sink::Byte* own = weights + row * PairsOfTaps::kRowWeights;
    const Bytes16* upper = taps + (row == 0 ? 3 : 0);  // of the middle rows
    for (std::size_t column = 0; column < 3; ++column) {
      put_pair(sink, own + 32 * column, upper[column], upper[3 + column]);
    }
    const Bytes16* outer = taps + (row == 0 ? 0 : 6);
    put_pair(sink, own + 96, outer[1], outer[2]);
    for (std::size_t next = 0; next < 2; ++next) {
      put_pair(sink, own + 128 + 64 * next, outer[0], outer[1]);
      sink.put(own + 160 + 64 * next, taps[6 * next]);
      sink.put(own + 176 + 64 * next, taps[6 * next + 2]);
    }
  }
}

/// A column's three rows in the first bytes of 32-bit lanes, or in the last ones.
template <typename Sink>
void put_column(Sink& sink, typename Sink::Byte* at, const Bytes16* column, bool last) {
  const Bytes16 zero = {};
  const Interleaved a = last ? interleave_bytes(zero, column[3]) : interleave_bytes(column[0], column[6]);
  const Interleaved b = last ? interleave_bytes(column[0], column[6]) : interleave_bytes(column[3], zero);
  put_pair(sink, at, a.low, b.low);
  put_pair(sink, at + 32, a.high, b.high);
}

template <typename Sink>
void put_weights(Columns, Sink& sink, typename Sink::Byte* weights, const Taps3x3& taps) {
  for (std::size_t column = 0; column < 3; ++column)
    put_column(sink, weights + 64 * column, taps + column, false);
}

template <typename Sink>
void put_weights(ColumnPairs, Sink& sink, typename Sink::Byte* weights, const Taps3x3& taps) {
  for (std::size_t column = 0; column < 3; ++column) {
    put_column(sink, weights + 64 * column, taps + column, false);
    put_column(sink, weights + 192 + 64 * column, taps + column, true);
  }
}

}  // namespace
}  // namespace bulwark::kernels::depthwise
