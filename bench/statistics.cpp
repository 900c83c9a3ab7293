// SPDX-License-Identifier: Apache-2.0
#include "bench/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bulwark::bench {
namespace {

constexpr std::size_t kStableSamples = 9;
constexpr double kStableShare = 0.02;

double quantile(const std::vector<double>& sorted, double share) {
  const double rank = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (rank - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

double median(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  return quantile(samples, 0.5);
}

}  // namespace

Statistics statistics_of(std::vector<double> samples) {
  Statistics s;
  if (samples.empty()) return s;
  std::sort(samples.begin(), samples.end());
  s.count = samples.size();
  s.min = samples.front();
  s.max = samples.back();
  s.mean = std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(s.count);
  double squares = 0;
  for (const double x : samples) squares += (x - s.mean) * (x - s.mean);
  s.deviation = s.count > 1 ? std::sqrt(squares / static_cast<double>(s.count - 1)) : 0;
  s.p25 = quantile(samples, 0.25);
  s.p50 = quantile(samples, 0.5);
  s.p75 = quantile(samples, 0.75);
  s.p90 = quantile(samples, 0.9);
  s.p99 = quantile(samples, 0.99);
  return s;
}

Histogram histogram_of(const std::vector<double>& samples, std::size_t bins) {
  Histogram histogram;
  if (samples.empty() || bins == 0) return histogram;
  const Statistics s = statistics_of(samples);
  const double end = std::min(s.max, s.min + 2 * (s.p99 - s.min));
  histogram.begin = s.min;
  histogram.width = (end - s.min) / static_cast<double>(bins);
  if (!(histogram.width > 0)) {  // all alike, or all but a few
    histogram.width = 0;
    histogram.counts.assign(1, 0);
    for (const double x : samples) x > end ? ++histogram.above : ++histogram.counts[0];
    return histogram;
  }
  histogram.counts.assign(bins, 0);
  for (const double x : samples) {
    if (x > end) {
      ++histogram.above;
    } else {
      const auto bin = static_cast<std::size_t>((x - histogram.begin) / histogram.width);
      ++histogram.counts[std::min(bin, bins - 1)];
    }
  }
  return histogram;
}

bool is_stable(const std::vector<double>& samples) {
  if (samples.size() < kStableSamples) return false;
  const auto third = static_cast<std::ptrdiff_t>(samples.size() / 3);
  const double last = median({samples.end() - third, samples.end()});
  const double before = median({samples.end() - 2 * third, samples.end() - third});
  return std::abs(last - before) <= kStableShare * before;
}

}  // namespace bulwark::bench
