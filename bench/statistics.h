// SPDX-License-Identifier: Apache-2.0
// What is told about many samples of one quantity.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bulwark::bench {

struct Statistics {
  std::size_t count = 0;
  double min = 0, max = 0, mean = 0;
  double deviation = 0;  ///< standard deviation, of count - 1 degrees of freedom
  double p25 = 0, p50 = 0, p75 = 0, p90 = 0, p99 = 0;  ///< by linear interpolation between ranks
};

/// All zero for no samples.
Statistics statistics_of(std::vector<double> samples);

struct Histogram {
  double begin = 0, width = 0;  ///< of the first bin; every bin is as wide
  std::vector<std::size_t> counts;
  std::size_t above = 0;  ///< beyond the last bin: past the 99th percentile, where that is far out
};

/// At most `bins` of equal width from the least sample to twice as far as the 99th percentile.
Histogram histogram_of(const std::vector<double>& samples, std::size_t bins);

/// Whether the last third of the samples is no faster or slower than the third before it, by more than 2 % of
/// the median: caches are warm and the clock has settled. False for fewer than 9 samples.
bool is_stable(const std::vector<double>& samples);

}  // namespace bulwark::bench
