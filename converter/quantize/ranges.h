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
  double error_of(const Span& span, int bits) const;
  Span by_percentile(double percentile) const;
  Span by_error(int bits) const;
  Span by_divergence(int bits) const;

  float lo_ = 0, hi_ = 0;
  std::vector<double> bins_;
  double zeros_ = 0;  ///< values that are exactly 0; bins_ counts them too
};

/// Levels 0 .. 2^bits - 1 with real = scale * (level - zero_point).
struct Levels {
  float scale = 1;
  int zero_point = 0;
};
Levels levels_of(const Range::Span& span, int bits);
/// The same with the zero point in the middle when the span reaches below 0, else at 0.
Levels symmetric_levels_of(const Range::Span& span, int bits);

/// The value nearest to x that the levels hold, computed as a quantize and a dequantize node do.
float nearest_level(float x, const Levels& levels, int bits);

}  // namespace bulwark::converter::quantize
