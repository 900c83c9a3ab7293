// SPDX-License-Identifier: Apache-2.0
#include "converter/quantize/rounding.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace bulwark::converter::quantize {
namespace {

using Vector = Eigen::VectorXd;

constexpr double kDamping = 0.01;
constexpr int kSweeps = 20;  // of single steps; they end by themselves long before
constexpr int kTurns = 4;    // of scale and steps
constexpr Eigen::Index kManyWeights = 1024;

Vector error_vector(const std::vector<float>& weights, const QuantizedRow& row) {
  Vector e(static_cast<Eigen::Index>(weights.size()));
  for (std::size_t i = 0; i < weights.size(); ++i)
    e[static_cast<Eigen::Index>(i)] = static_cast<double>(weights[i]) - row.scale * row.values[i];
  return e;
}

}  // namespace

SecondOrder::SecondOrder(Matrix moments) : moments_(std::move(moments)) {
  const Eigen::Index size = moments_.rows();
  const double mean = moments_.trace() / static_cast<double>(size);
  moments_.diagonal().array() += mean > 0 ? kDamping * mean : 1.0;
  order_.resize(static_cast<std::size_t>(size));
  std::iota(order_.begin(), order_.end(), Eigen::Index{0});
  std::stable_sort(order_.begin(), order_.end(),
                   [&](Eigen::Index a, Eigen::Index b) { return moments_(a, a) > moments_(b, b); });
  Matrix sorted(size, size);
  for (Eigen::Index i = 0; i < size; ++i) {
    for (Eigen::Index j = 0; j < size; ++j)
      sorted(i, j) = moments_(order_[static_cast<std::size_t>(i)], order_[static_cast<std::size_t>(j)]);
  }
  const Matrix inverse = sorted.llt().solve(Matrix::Identity(size, size));
  spread_ = inverse.llt().matrixU();
  for (Eigen::Index i = 0; i < size; ++i) spread_.row(i) /= spread_(i, i);
  spread_.transposeInPlace();  // the errors of one weight lie in a column
}

double SecondOrder::error(const std::vector<float>& weights, const QuantizedRow& row) const {
  const Vector e = error_vector(weights, row);
  return e.dot(moments_ * e);
}

QuantizedRow SecondOrder::in_turn(const std::vector<float>& weights, int limit, double scale) const {
  const auto size = static_cast<Eigen::Index>(weights.size());
  Vector left(size);
  for (Eigen::Index i = 0; i < size; ++i)
    left[i] = static_cast<double>(weights[static_cast<std::size_t>(order_[static_cast<std::size_t>(i)])]);
  QuantizedRow row{scale, std::vector<int>(weights.size(), 0)};
  for (Eigen::Index i = 0; i < size; ++i) {
    const double level =
        std::clamp(std::nearbyint(left[i] / scale), -static_cast<double>(limit), static_cast<double>(limit));
    row.values[static_cast<std::size_t>(order_[static_cast<std::size_t>(i)])] = static_cast<int>(level);
    const double missed = left[i] - scale * level;
    const Eigen::Index rest = size - i - 1;
    left.tail(rest) -= missed * spread_.col(i).tail(rest);
  }
  return row;
}

void SecondOrder::descend(const std::vector<float>& weights, int limit, QuantizedRow& row) const {
  Vector slope = moments_ * error_vector(weights, row);
  const double s = row.scale;
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    bool changed = false;
    for (Eigen::Index k = 0; k < slope.size(); ++k) {
      int& value = row.values[static_cast<std::size_t>(k)];
      const int step = slope[k] > 0 ? 1 : -1;  // towards the real weights
      const double gain = 2 * s * std::abs(slope[k]) - s * s * moments_(k, k);
      if (!(gain > 1e-12 * s * s * moments_(k, k)) || std::abs(value + step) > limit) continue;
      value += step;
      slope -= step * s * moments_.col(k);
      changed = true;
    }
    if (!changed) return;
  }
}

double SecondOrder::best_scale(const std::vector<float>& weights, const QuantizedRow& row) const {
  Vector q(static_cast<Eigen::Index>(weights.size())), w(q.size());
  for (Eigen::Index i = 0; i < q.size(); ++i) {
    q[i] = row.values[static_cast<std::size_t>(i)];
    w[i] = static_cast<double>(weights[static_cast<std::size_t>(i)]);
  }
  const Vector hq = moments_ * q;
  const double size = q.dot(hq), scale = size > 0 ? w.dot(hq) / size : 0;
  return scale > 0 ? scale : row.scale;
}

QuantizedRow SecondOrder::round(const std::vector<float>& weights, int limit, double scale) const {
  const bool fixed = scale > 0;
  const QuantizedRow nearest =
      fixed ? quantize_row_at(weights, limit, scale) : quantize_row(weights, limit, true);
  if (!(nearest.scale > 0)) return nearest;
  std::vector<double> parts{1.0};
  if (!fixed && moments_.rows() <= kManyWeights) parts = {0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.4, 1.6};
  QuantizedRow best = nearest;
  double least = error(weights, nearest);
  const auto offer = [&](const QuantizedRow& row) {
    const double e = error(weights, row);
    if (e < least) {
      least = e;
      best = row;
    }
  };
  for (const double part : parts) {
    QuantizedRow row = in_turn(weights, limit, static_cast<double>(static_cast<float>(nearest.scale * part)));
    descend(weights, limit, row);
    offer(row);
  }
  for (int turn = 0; turn < kTurns && !fixed; ++turn) {
    QuantizedRow row = best;
    row.scale = static_cast<double>(static_cast<float>(best_scale(weights, row)));
    descend(weights, limit, row);
    offer(row);
  }
  return best;
}

}  // namespace bulwark::converter::quantize
