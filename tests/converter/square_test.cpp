// SPDX-License-Identifier: Apache-2.0
// Random squares on their own, against a margin that is known.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <numeric>
#include <vector>

#include "converter/attack/square.h"

namespace bulwark::test {

using converter::attack::PictureShape;
using converter::attack::square;
using converter::attack::SquareOptions;

TEST_CASE("random squares stay in their box, lose no query and find what is there", "[attack]") {
  const PictureShape shape{1, 12, 12, false};
  std::vector<std::int16_t> picture(static_cast<std::size_t>(shape.elements()));
  std::iota(picture.begin(), picture.end(), std::int16_t{-128});
  SquareOptions options;
  options.eps = 3;
  options.queries = 400;
  options.hi = picture.back();  // the last pixel can not move up
  std::vector<std::int16_t> best;
  double least = 0;
  std::int64_t asked = 0, repeated = 0;
  const auto margin = [&](std::span<const std::int16_t> moved) {
    double sum = 0;
    for (std::size_t i = 0; i < moved.size(); ++i) {
      REQUIRE(std::abs(moved[i] - picture[i]) <= options.eps);
      REQUIRE((moved[i] >= options.lo && moved[i] <= options.hi));
      sum += i % 2 == 0 ? moved[i] : -moved[i];
    }
    repeated += asked > 0 && std::equal(best.begin(), best.end(), moved.begin()) ? 1 : 0;
    if (asked++ == 0 || sum < least) {
      least = sum;
      best.assign(moved.begin(), moved.end());
    }
    return sum + 1e6;  // never found
  };
  const auto result = square(picture, shape, options, margin);
  CHECK_FALSE(result.found);
  CHECK(asked == options.queries);
  CHECK(result.queries == options.queries);
  CHECK(repeated == 0);
  CHECK(result.picture == best);
  CHECK(result.margin == least + 1e6);

  // Its margin falls to 0 when half of the pixels are as they should be.
  const auto easy = [&](std::span<const std::int16_t> moved) {
    int wrong = 0;
    for (std::size_t i = 0; i < moved.size(); ++i) wrong += moved[i] < picture[i] ? 1 : 0;
    return static_cast<double>(static_cast<int>(moved.size()) / 2 - wrong);
  };
  CHECK(square(picture, shape, options, easy).found);
}

TEST_CASE("random squares without room end", "[attack]") {
  SquareOptions options;
  options.eps = 0;
  options.queries = 50;
  const std::vector<std::int16_t> picture(16, 5);
  const auto result = square(picture, {1, 4, 4, false}, options, [](auto) { return 1.0; });
  CHECK_FALSE(result.found);
  CHECK(result.queries == 50);
  CHECK(result.picture == picture);
}

}  // namespace bulwark::test
