// SPDX-License-Identifier: Apache-2.0
// Second moments of what a layer multiplies its weights with.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "converter/graph/evaluate.h"

namespace bulwark::converter::quantize {

class InputMoments {
 public:
  /// A conv, gemm or matmul with a matrix of constant weights. `samples` are how many there will be: of each
  /// one so many positions are looked at that their number suits the number of weights.
  InputMoments(const Graph& graph, const Node& layer, std::size_t samples);

  /// False for layers whose rows are too long for a matrix of their squares, and for batched products.
  static bool possible(const Graph& graph, const Node& layer);

  void add(const TensorData& input);
  /// [K, K] of one group, elements as in the rows of RowLayout; `centred`: without the mean, which a
  /// corrected bias takes care of.
  Eigen::MatrixXd moments(std::size_t group, bool centred) const;
  std::size_t groups() const { return products_.size(); }

 private:
  const Graph& graph_;
  const Node& layer_;
  std::int64_t every_ = 1, count_ = 0;
  std::vector<Eigen::MatrixXd> products_;  ///< lower triangles, order tap, channel
  std::vector<Eigen::VectorXd> sums_;
};

}  // namespace bulwark::converter::quantize
