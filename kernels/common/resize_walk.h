// SPDX-License-Identifier: Apache-2.0
// The four neighbours of every place of a resized picture.
#pragma once

#include "kernels/common/elementwise.h"

namespace bulwark::kernels {

/// `inner` elements each: columns left and right of rows above and below.
template <typename T>
struct Corners {
  const T *above_left, *above_right, *below_left, *below_right;
};

/// Calls visit(corners, column position, row position, output) for the places of output rows begin .. end-1.
/// `cell` gives a position's element (the neighbour is used only where the position lies behind it).
template <typename T, typename Position, typename Cell, typename Visit>
void for_each_place(const ResizeProblem& p, const Position* rows, const Position* columns, const T* input,
                    T* output, std::int64_t begin, std::int64_t end, Cell cell, Visit visit) {
  const std::int64_t row_elements = p.in_w * p.inner;
  T* out = output + begin * p.out_w * p.inner;
  for (std::int64_t y = begin; y < end; ++y) {
    const Position row = rows[y % p.out_h];
    const std::int64_t top = cell(row);
    const T* above = input + (y / p.out_h * p.in_h + top) * row_elements;
    const T* below = above + (top + 1 < p.in_h ? row_elements : 0);
    for (std::int32_t x = 0; x < p.out_w; ++x, out += p.inner) {
      const std::int64_t left = cell(columns[x]) * p.inner;
      const std::int64_t right = left + (left + p.inner < row_elements ? p.inner : 0);
      visit(Corners<T>{above + left, above + right, below + left, below + right}, columns[x], row, out);
    }
  }
}

}  // namespace bulwark::kernels
