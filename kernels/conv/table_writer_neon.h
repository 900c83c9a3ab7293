// SPDX-License-Identifier: Apache-2.0
// Spreads rows of 4 pixels to the addresses of their pairs' tables (lookup_tables.h): what SpreadWriter
// writes for SpreadLanes::table_lanes.
#pragma once

#include "kernels/common/neon.h"

#include "kernels/conv/lookup_tables.h"
#include "kernels/conv/spread_rows.h"

namespace bulwark::kernels::conv {

/// Rows of 4 pixels, reading up to 15 bytes behind the end of each. Whatever lies there, and whatever inputs
/// are, an address is that of a table.
class TableTile {
 public:
  explicit TableTile(std::int8_t centre)
      : lowest_(vdupq_n_s8(static_cast<std::int8_t>(centre + kTableLowest))),
        tables_(vdupq_n_u64(reinterpret_cast<std::uintptr_t>(&kPairTables))) {}

  [[gnu::always_inline]] inline void write(const std::int8_t* x0, const std::int8_t* x1,
                                           const std::int8_t* x2, const std::int8_t* x3, std::int64_t quads,
                                           std::int8_t* out) const {
    const std::int8_t* x[4] = {x0, x1, x2, x3};
    for (; quads >= 4; quads -= 4, out += 4 * kQuadBytes) {
      for (int i = 0; i < 4; ++i, x[i - 1] += 16) {
        const Offsets offsets = load(x[i]);
        for (int q = 0; q < 4; ++q) store(offsets, q, out + q * kQuadBytes + 16 * i);
      }
    }
    if (quads == 0) return;
    for (int i = 0; i < 4; ++i) {
      const Offsets offsets = load(x[i]);
      store(offsets, 0, out + 16 * i);
      if (quads > 1) store(offsets, 1, out + kQuadBytes + 16 * i);
      if (quads > 2) store(offsets, 2, out + 2 * kQuadBytes + 16 * i);
    }
  }

 private:
  struct Offsets {
    uint32x4_t pairs[2];  ///< of 16 inputs
  };
  [[gnu::always_inline]] inline Offsets load(const std::int8_t* x) const {
    const uint16x8_t level = vreinterpretq_u16_s8(vsubq_s8(vld1q_s8(x), lowest_));
    const uint16x8_t bytes = vshll_n_u8(vmovn_u16(vsraq_n_u16(level, level, 4)), 4);
    return {{vmovl_u16(vget_low_u16(bytes)), vmovl_high_u16(bytes)}};
  }
  [[gnu::always_inline]] inline void store(const Offsets& offsets, int quad, std::int8_t* out) const {
    const uint32x4_t two = offsets.pairs[quad / 2];
    vst1q_u64(reinterpret_cast<std::uint64_t*>(out),
              quad % 2 == 0 ? vaddw_u32(tables_, vget_low_u32(two)) : vaddw_high_u32(tables_, two));
  }

  int8x16_t lowest_;
  uint64x2_t tables_;
};

}  // namespace bulwark::kernels::conv
