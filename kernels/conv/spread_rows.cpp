// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv/spread_rows.h"

namespace bulwark::kernels::conv {
namespace {

constexpr std::uint64_t kMaxScratch = std::uint64_t{1} << 22;

std::uint64_t group_tiles(const LinearProblem& p) {
  return (static_cast<std::uint64_t>(p.out_c / p.groups) + 15) / 16;
}

std::uint64_t rows_bytes(const LinearProblem& p, SpreadLayout layout) {
  return static_cast<std::uint64_t>(blocking_of(p, kShape4x16).block_pixels / kShape4x16.pixels) *
             static_cast<std::uint64_t>(spread_tile_bytes(p, layout)) +
         kSpreadSlack;
}

}  // namespace

bool spread_fits(const LinearProblem& p, SpreadLayout layout) {
  return rows_fit(p, kShape4x16) && rows_bytes(p, layout) <= kMaxScratch;
}

std::size_t spread_scratch_offset(const LinearProblem& p) {
  return (rows_scratch_size(p, kShape4x16) + 63) / 64 * 64;
}

std::size_t spread_sums_offset(const LinearProblem& p, SpreadLayout layout) {
  return spread_scratch_offset(p) + static_cast<std::size_t>(rows_bytes(p, layout));
}

std::size_t spread_scratch_size(const LinearProblem& p, SpreadLayout layout) {
  const std::int32_t sums = spread_shift(p) != 0 ? blocking_of(p, kShape4x16).block_pixels : 0;
  return spread_sums_offset(p, layout) + static_cast<std::size_t>(sums) * sizeof(std::int32_t);
}

std::size_t spread_packed_size(const LinearProblem& p, SpreadLayout layout) {
  return saturated_size(group_tiles(p) * static_cast<std::uint64_t>(p.groups) *
                            static_cast<std::uint64_t>(spread_record_bytes(p, layout)) +
                        kSpreadSlack);
}

}  // namespace bulwark::kernels::conv
