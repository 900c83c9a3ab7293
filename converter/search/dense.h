// SPDX-License-Identifier: Apache-2.0
// The arithmetic of the agent's networks, as wide as the processor's vectors: their training is most of what
// a search by the agent takes.
#pragma once

#include <cstddef>

namespace bulwark::converter::search {

/// A matrix in memory: element (r, c) is data[r * row + c * column].
struct Strided {
  const float* data;
  std::ptrdiff_t row, column;
};

/// c = a * b; c is [rows, columns] by columns, a [rows, depth], b [depth, columns]. None of them overlap.
void multiply(const Strided& a, const Strided& b, std::size_t rows, std::size_t depth, std::size_t columns,
              float* c);

/// One step of Adam (Kingma and Ba 2015) for `count` numbers: the moving averages of gradients and of their
/// squares, which 1 - first^steps and 1 - second^steps correct.
struct AdamStep {
  float rate, mean_correction, square_correction;
};
void adam(const AdamStep& step, const float* gradient, std::size_t count, float* value, float* mean,
          float* square);

/// slow += share * (value - slow)
void follow(const float* value, std::size_t count, float share, float* slow);

}  // namespace bulwark::converter::search
