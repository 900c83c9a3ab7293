// SPDX-License-Identifier: Apache-2.0
// What the kernels with dot product instructions read: for each pixel of a block, where its window begins. A
// window is a number of runs of bytes, all the same distance apart.
//
// Windows are read where they lie in the input or, with padding, in a copy of the rows that a block needs: no
// window is copied by itself. Where a run's length does not suit the instructions (three input channels),
// every window is gathered from these rows, as one run. No byte behind a run is read, except, of gathered
// windows, up to a multiple of 4.
#pragma once

#include "kernels/conv/conv_blocks.h"

namespace bulwark::kernels::conv {

inline constexpr TileShape kDotShape{4, 16};

struct DotRows {
  const std::int8_t* const* pixels;  ///< first runs; the last one repeated up to a whole tile
  std::int64_t run;                  ///< bytes, a multiple of 4
  std::int64_t runs;
  std::int64_t pitch;  ///< from a run to the next
};

/// Cuts a problem so that a block's windows stay in the first cache while all weights pass by, and so that
/// the weights pass by seldom.
Blocking dot_blocking(const LinearProblem& problem);

/// `unit` is what an instruction takes of a channel's weights: several runs must be multiples of it.
bool dot_rows_fit(const LinearProblem& problem, std::int64_t unit);
std::size_t dot_scratch_size(const LinearProblem& problem, std::int64_t unit);
DotRows make_dot_rows(const LinearCall& call, std::int64_t unit, const Blocking& blocking,
                      const Block& block);

}  // namespace bulwark::kernels::conv
