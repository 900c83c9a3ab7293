// SPDX-License-Identifier: Apache-2.0
// Sums behind the figures of a QuantizeReport.
#pragma once

#include <cmath>
#include <span>

#include "converter/quantize/report.h"

namespace bulwark::converter::quantize {

struct ErrorSums {
  double signal = 0, noise = 0, distance = 0, count = 0;

  void add(std::span<const float> wanted, std::span<const float> got) {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const double x = static_cast<double>(wanted[i]), e = x - static_cast<double>(got[i]);
      signal += x * x;
      noise += e * e;
      distance += std::abs(e);
    }
    count += static_cast<double>(wanted.size());
  }
  double sqnr_db() const {
    if (!(noise > 0)) return 300;
    return signal > 0 ? 10 * std::log10(signal / noise) : -300;
  }
  ResultError result(double step) const {
    return {sqnr_db(), step > 0 && count > 0 ? distance / count / step : 0};
  }
};

}  // namespace bulwark::converter::quantize
