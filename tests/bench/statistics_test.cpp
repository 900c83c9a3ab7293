// SPDX-License-Identifier: Apache-2.0
#include "bench/statistics.h"

#include <catch2/catch.hpp>
#include <numeric>

namespace bulwark::test {
namespace {

using namespace bench;

TEST_CASE("statistics: of one to a hundred, in any order") {
  std::vector<double> samples;
  for (int i = 0; i < 100; ++i) samples.push_back((i * 37) % 100 + 1);
  const Statistics s = statistics_of(samples);
  CHECK(s.count == 100);
  CHECK(s.min == 1);
  CHECK(s.max == 100);
  CHECK(s.mean == Approx(50.5));
  CHECK(s.deviation == Approx(29.01149));
  CHECK(s.p25 == Approx(25.75));
  CHECK(s.p50 == Approx(50.5));
  CHECK(s.p90 == Approx(90.1));
  CHECK(s.p99 == Approx(99.01));
}

TEST_CASE("statistics: of none and of one") {
  CHECK(statistics_of({}).count == 0);
  const Statistics s = statistics_of({3});
  CHECK(s.p50 == 3);
  CHECK(s.p99 == 3);
  CHECK(s.deviation == 0);
}

TEST_CASE("histogram: every sample is in one bin, outliers above") {
  std::vector<double> samples(1000);
  std::iota(samples.begin(), samples.end(), 1000);
  samples.push_back(1e6);
  const Histogram h = histogram_of(samples, 10);
  REQUIRE(h.counts.size() == 10);
  CHECK(h.begin == 1000);
  CHECK(h.above == 1);
  CHECK(std::accumulate(h.counts.begin(), h.counts.end(), std::size_t{0}) == 1000);
  CHECK(h.width == Approx(198).margin(2));
}

TEST_CASE("histogram: samples that are all alike") {
  const Histogram h = histogram_of(std::vector<double>(7, 2.5), 10);
  REQUIRE(h.counts == std::vector<std::size_t>{7});
  CHECK(h.width == 0);
  CHECK(h.above == 0);
}

TEST_CASE("stability: falling times are not stable, level ones are") {
  std::vector<double> times;
  for (int i = 0; i < 30; ++i) times.push_back(100 - i);
  CHECK_FALSE(is_stable(times));
  times.insert(times.end(), 60, 70.5);
  CHECK(is_stable(times));
  CHECK_FALSE(is_stable({1, 1, 1, 1}));
}

}  // namespace
}  // namespace bulwark::test
