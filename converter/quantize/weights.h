// SPDX-License-Identifier: Apache-2.0
// Weights of a layer as rows of output channels, and rounded to integers.
#pragma once

#include <cstdint>
#include <vector>

#include "converter/graph/graph.h"

namespace bulwark::converter::quantize {

/// Integers of -limit .. limit times one scale.
struct QuantizedRow {
  double scale = 0;  ///< 0 when every weight is 0
  std::vector<int> values;
};

/// 127, 7, 3, 1 for 8, 4, 3, 2 bits.
int weight_limit(int bits);

/// To nearest. The largest weight decides the scale, or with `search` the least squared error does.
QuantizedRow quantize_row(const std::vector<float>& weights, int limit, bool search);
QuantizedRow quantize_row_at(const std::vector<float>& weights, int limit, double scale);

/// Where each weight of a conv, gemm or matmul stands in its constant: one row per output channel, elements
/// in the constant's own order (conv: input channel, then tap).
class RowLayout {
 public:
  RowLayout(const Graph& graph, const Node& layer);
  std::size_t rows() const { return static_cast<std::size_t>(count_); }
  std::size_t row_of(std::size_t element) const {
    return static_cast<std::size_t>(static_cast<std::int64_t>(element) / inner_ % count_);
  }
  template <typename T>
  std::vector<std::vector<T>> split(const std::vector<T>& elements) const {
    std::vector<std::vector<T>> out(rows());
    for (std::size_t i = 0; i < elements.size(); ++i) out[row_of(i)].push_back(elements[i]);
    return out;
  }
  template <typename T>
  std::vector<T> join(const std::vector<std::vector<T>>& split) const {
    std::vector<T> out;
    std::vector<std::size_t> next(rows(), 0);
    std::size_t count = 0;
    for (const auto& row : split) count += row.size();
    for (std::size_t i = 0; i < count; ++i) out.push_back(split[row_of(i)][next[row_of(i)]++]);
    return out;
  }

 private:
  std::int64_t inner_ = 1, count_ = 1;
};

/// The rounded weights of one layer; every scale is positive, as float32 will hold it.
struct QuantizedWeights {
  std::vector<QuantizedRow> rows;
  bool optimized = false;
};

/// Round to nearest, scales by least squared error at 4 bits and fewer. per_tensor: one scale for all rows.
QuantizedWeights round_to_nearest(const std::vector<std::vector<float>>& rows, int bits, bool per_tensor);

/// Gives rows of zeros the scale of the others.
void fill_empty_scales(std::vector<QuantizedRow>& rows);

/// The weights as they will run, in the constant's order.
std::vector<float> real_weights(const RowLayout& layout, const std::vector<QuantizedRow>& rows);

}  // namespace bulwark::converter::quantize
