// SPDX-License-Identifier: Apache-2.0
// 16-bit elements eight at a time; what is left over goes through a buffer of eight.
#pragma once

#include "kernels/common/neon.h"

#include <cstdint>
#include <cstring>

namespace bulwark::kernels {

/// whole(i) for every full eight from i on, then part(i, n) for the last n.
template <typename Whole, typename Part>
static inline void for_each_8(std::int64_t count, Whole whole, Part part) {
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8) whole(i);
  if (i < count) part(i, static_cast<std::size_t>(count - i));
}

static inline int16x8_t load_first_8(const std::int16_t* from, std::size_t n) {
  std::int16_t lanes[8] = {};
  std::memcpy(lanes, from, n * sizeof(std::int16_t));
  return vld1q_s16(lanes);
}

static inline void store_first_8(std::int16_t* to, int16x8_t value, std::size_t n) {
  std::int16_t lanes[8];
  vst1q_s16(lanes, value);
  std::memcpy(to, lanes, n * sizeof(std::int16_t));
}

static inline int16x8_t clamp(int16x8_t x, int16x8_t lo, int16x8_t hi) {
  return vminq_s16(vmaxq_s16(x, lo), hi);
}

}  // namespace bulwark::kernels
