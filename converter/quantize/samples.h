// SPDX-License-Identifier: Apache-2.0
// Calibration inputs, made one at a time, so that a data set need not fit into memory as floats.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "converter/graph/evaluate.h"

namespace bulwark::converter::quantize {

class Samples {
 public:
  using Sample = std::vector<TensorData>;  ///< a tensor per graph input, in order

  Samples() = default;
  /// `get(i)` gives sample i of `count`, the same one each time; it may throw Error.
  Samples(std::size_t count, std::function<Sample(std::size_t)> get) : count_(count), get_(std::move(get)) {}
  /// Samples that are in memory already.
  Samples(std::vector<Sample> all) : count_(all.size()) {  // NOLINT: implicit on purpose
    get_ = [kept = std::make_shared<const std::vector<Sample>>(std::move(all))](std::size_t i) {
      return (*kept)[i];
    };
  }

  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  Sample operator[](std::size_t i) const { return get_(i); }

 private:
  std::size_t count_ = 0;
  std::function<Sample(std::size_t)> get_;
};

}  // namespace bulwark::converter::quantize
