// SPDX-License-Identifier: Apache-2.0
// Products by lookup: weights of 2 bits (-2..1) and inputs of up to 16 levels.
//
// Of two neighbouring inputs a0, a1 in -7..8 a table of 16 bytes holds w0 * a0 + w1 * a1 for every pair of
// weights, at (w0 & 3) | (w1 & 3) << 2: one tbl makes the pair's products for 16 output channels, exactly.
// The tables of all pairs of inputs are 4 KiB; rows of a tile are spread to the addresses of theirs. Where a
// 16-byte multiplication takes the only multiplier two cycles (Cortex-A72, A73) this halves the time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bulwark::kernels::conv {

inline constexpr std::int32_t kTableInputs = 16, kTableLowest = -7;

/// Where the products of two weights lie in a table; 0 for no weights.
constexpr std::uint8_t table_place(std::int32_t w0, std::int32_t w1) {
  return static_cast<std::uint8_t>((w0 & 3) | (w1 & 3) << 2);
}

struct PairTables {
  std::int8_t products[kTableInputs][kTableInputs][16];  ///< [a1 + 7][a0 + 7]
};

constexpr PairTables make_pair_tables() {
  PairTables tables = {};
  for (std::int32_t i = 0; i < kTableInputs * kTableInputs * 16; ++i) {
    const std::int32_t w = i % 16, a0 = i / 16 % kTableInputs, a1 = i / 16 / kTableInputs;
    const std::int32_t w0 = w % 4 - w % 4 / 2 * 4, w1 = w / 4 - w / 4 / 2 * 4;
    tables.products[a1][a0][w] =
        static_cast<std::int8_t>(w0 * (a0 + kTableLowest) + w1 * (a1 + kTableLowest));
  }
  return tables;
}

alignas(64) inline constexpr PairTables kPairTables = make_pair_tables();

}  // namespace bulwark::kernels::conv
