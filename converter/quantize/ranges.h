// SPDX-License-Identifier: Apache-2.0
// Ranges of activations over calibration samples, and the levels that follow from them.
#pragma once

#include <string>
#include <vector>

#include "converter/quantize/quantize.h"

namespace bulwark::converter::quantize {

/// Smallest and largest value, and on a second pass how often each part of the range occurs.
class Range {
 public:
  void widen(const std::vector<float>& values);
  void count(const std::vector<float>& values);  ///< after every widen

  bool finite() const;
  float lo() const { return lo_; }
  float hi() const { return hi_; }

  /// The range to be covered with 2^bits levels; zero always lies inside.
  struct Span {
    double lo, hi;
  };
  Span choose(RangeMethod method, double percentile, int bits) const;

 private:
  double centre(std::size_t bin) const;
  Span by_percentile(double percentile) const;
  Span by_error(int bits) const;

  float lo_ = 0, hi_ = 0;
  std::vector<double> bins_;
};

/// Levels 0 .. 2^bits - 1 with real = scale * (level - zero_point).
struct Levels {
  float scale = 1;
  int zero_point = 0;
};
Levels levels_of(const Range::Span& span, int bits);

/// Weights of one output channel as integers of -limit .. limit times one scale: the largest weight decides,
/// or with `search` the scale of least squared error.
struct QuantizedRow {
  double scale = 0;  ///< 0 when every weight is 0
  std::vector<int> values;
};
QuantizedRow quantize_row(const std::vector<float>& weights, int limit, bool search);

/// 127, 7, 3, 1 for 8, 4, 3, 2 bits.
int weight_limit(int bits);

}  // namespace bulwark::converter::quantize
