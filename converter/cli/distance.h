// SPDX-License-Identifier: Apache-2.0
// How far two tensors are apart, over any number of runs.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>

#include "converter/cli/diff_side.h"

namespace bulwark::converter::cli {

class Distance {
 public:
  /// Adds one run of the same tensor on both sides: equal numbers of elements in the same order. A difference
  /// that is not a number counts as infinite.
  void add(const SideTensor& a, const SideTensor& b);
  /// Compares the label of each of `batch` equal parts.
  void add_labels(std::span<const double> a, std::span<const double> b, std::int64_t batch);

  double largest() const { return largest_; }
  double mean() const { return elements_ == 0 ? 0 : sum_ / static_cast<double>(elements_); }
  double cosine() const;                 ///< 1 for two zero vectors
  double step() const { return step_; }  ///< 0 when both sides are float
  double largest_steps() const { return step_ > 0 ? largest_ / step_ : 0; }
  std::int64_t labels() const { return labels_; }
  std::int64_t equal_labels() const { return equal_labels_; }
  nlohmann::ordered_json to_json() const;

 private:
  double largest_ = 0, sum_ = 0, dot_ = 0, norm_a_ = 0, norm_b_ = 0, step_ = 0;
  std::int64_t elements_ = 0, labels_ = 0, equal_labels_ = 0;
};

/// b in the order of a's elements: as it is, or with the channel axis moved, as the shapes tell; empty when
/// they do not fit. Shapes that fit both ways take the nearer one.
std::vector<double> aligned(const SideTensor& a, const SideTensor& b);

}  // namespace bulwark::converter::cli
