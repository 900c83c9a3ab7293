// SPDX-License-Identifier: Apache-2.0
// Rounding of weights that keeps a layer's results, not the weights: for a row w and its integers q it makes
// (w - s q)^T H (w - s q) small, H the second moments of the layer's inputs. Start: GPTQ (Frantar et al.
// 2022), one weight after the other, each error spread over those that follow; then single steps up and down
// as long as they help, and the scale by least squares, in turns.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "converter/quantize/weights.h"

namespace bulwark::converter::quantize {

using Matrix = Eigen::MatrixXd;

/// H of one group of channels, made ready for its rows.
class SecondOrder {
 public:
  /// `moments` [K, K], symmetric. A hundredth of its mean diagonal is added to the diagonal, so that few
  /// samples do not decide alone.
  explicit SecondOrder(Matrix moments);

  /// `scale` 0: the best one is searched.
  QuantizedRow round(const std::vector<float>& weights, int limit, double scale = 0) const;
  /// (w - s q)^T H (w - s q)
  double error(const std::vector<float>& weights, const QuantizedRow& row) const;

 private:
  QuantizedRow in_turn(const std::vector<float>& weights, int limit, double scale) const;
  void descend(const std::vector<float>& weights, int limit, QuantizedRow& row) const;
  double best_scale(const std::vector<float>& weights, const QuantizedRow& row) const;

  Matrix moments_;
  Matrix spread_;                    ///< upper Cholesky factor of the inverse, rows scaled by their diagonal
  std::vector<Eigen::Index> order_;  ///< weights by falling diagonal of H
};

}  // namespace bulwark::converter::quantize
