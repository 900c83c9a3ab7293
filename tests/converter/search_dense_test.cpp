// SPDX-License-Identifier: Apache-2.0
// The agent's arithmetic against plain loops, in sizes that vectors do not divide.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <vector>

#include "converter/search/dense.h"

using namespace bulwark::converter::search;

namespace {

std::vector<float> noise(std::size_t count, float least = -1) {
  static std::mt19937 random(5);
  std::uniform_real_distribution<float> values(least, 1);
  std::vector<float> made(count);
  for (float& value : made) value = values(random);
  return made;
}

Strided strided(const std::vector<float>& data, std::size_t rows, std::size_t columns, bool transposed) {
  return transposed ? Strided{data.data(), static_cast<std::ptrdiff_t>(columns), 1}
                    : Strided{data.data(), 1, static_cast<std::ptrdiff_t>(rows)};
}

double element(const Strided& m, std::size_t r, std::size_t c) {
  return static_cast<double>(
      m.data[static_cast<std::ptrdiff_t>(r) * m.row + static_cast<std::ptrdiff_t>(c) * m.column]);
}

}  // namespace

TEST_CASE("Search: products of matrices in either order of their elements") {
  for (const std::size_t rows : {1, 31, 33, 70}) {
    for (const std::size_t columns : {1, 5, 8, 23}) {
      for (const std::size_t depth : {0, 1, 17}) {
        for (const bool turned : {false, true}) {
          const std::vector<float> x = noise(rows * depth), y = noise(depth * columns);
          const Strided a = strided(x, rows, depth, turned), b = strided(y, depth, columns, turned);
          std::vector<float> c(rows * columns + 1, 7.0f);
          multiply(a, b, rows, depth, columns, c.data());
          double worst = 0;
          for (std::size_t r = 0; r < rows; ++r) {
            for (std::size_t j = 0; j < columns; ++j) {
              double sum = 0;
              for (std::size_t k = 0; k < depth; ++k) sum += element(a, r, k) * element(b, k, j);
              worst = std::max(worst, std::abs(sum - static_cast<double>(c[r + j * rows])));
            }
          }
          INFO(rows << " x " << depth << " x " << columns << " turned " << turned);
          CHECK(worst < 1e-5);
          CHECK(c.back() == 7.0f);
        }
      }
    }
  }
}

TEST_CASE("Search: a step of Adam, and weights that follow others") {
  constexpr std::size_t kCount = 37;
  const std::vector<float> gradient = noise(kCount), value = noise(kCount), mean = noise(kCount),
                           square = noise(kCount, 0);
  std::vector<float> v = value, m = mean, s = square, slow = mean;
  adam({0.01f, 0.19f, 0.002f}, gradient.data(), kCount, v.data(), m.data(), s.data());
  follow(value.data(), kCount, 0.25f, slow.data());
  for (std::size_t i = 0; i < kCount; ++i) {
    const double g = static_cast<double>(gradient[i]), first = 0.9 * static_cast<double>(mean[i]) + 0.1 * g,
                 second = 0.999 * static_cast<double>(square[i]) + 0.001 * g * g;
    CHECK(static_cast<double>(m[i]) == Approx(first).margin(1e-6));
    CHECK(static_cast<double>(s[i]) == Approx(second).margin(1e-6));
    CHECK(static_cast<double>(v[i]) ==
          Approx(static_cast<double>(value[i]) - 0.01 * (first / 0.19) / (std::sqrt(second / 0.002) + 1e-8))
              .margin(1e-5));
    CHECK(static_cast<double>(slow[i]) ==
          Approx(0.75 * static_cast<double>(mean[i]) + 0.25 * static_cast<double>(value[i])).margin(1e-6));
  }
}
