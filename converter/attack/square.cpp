// SPDX-License-Identifier: Apache-2.0
#include "converter/attack/square.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace bulwark::converter::attack {
namespace {

/// Share of the picture that a square covers at a query: halved at fixed points of a budget of 10,000 (the
/// paper's section 3, "schedule of p"), scaled to this budget.
double share_at(double first, std::int64_t query, std::int64_t queries) {
  const double done = 10000.0 * static_cast<double>(query) / static_cast<double>(queries);
  double share = first;
  for (const double step : {10.0, 50.0, 200.0, 500.0, 1000.0, 2000.0, 4000.0, 6000.0, 8000.0}) {
    if (done > step) share /= 2;
  }
  return share;
}

class Square {
 public:
  Square(std::span<const std::int16_t> picture, const PictureShape& shape, const SquareOptions& options,
         const std::function<double(std::span<const std::int16_t>)>& margin)
      : picture_(picture), shape_(shape), options_(options), margin_(margin), random_(options.seed) {}

  SquareResult run() {
    SquareResult result;
    result.picture = stripes();
    result.margin = margin_(result.picture);
    result.queries = 1;
    std::vector<std::int16_t> tried;
    while (result.margin > 0 && result.queries < options_.queries) {
      tried = result.picture;
      put_square(&tried, result.queries);
      const double margin = margin_(tried);
      ++result.queries;
      if (margin >= result.margin) continue;
      result.margin = margin;
      result.picture.swap(tried);
    }
    result.found = result.margin <= 0;
    return result;
  }

 private:
  std::int64_t below(std::int64_t count) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(count));
  }
  int sign() { return random_() % 2 == 0 ? 1 : -1; }

  std::int16_t moved(std::size_t i, int direction) const {
    const std::int32_t value = picture_[i] + direction * options_.eps;
    return static_cast<std::int16_t>(std::clamp(value, options_.lo, options_.hi));
  }

  /// The start: columns that are moved up or down, each channel for itself.
  std::vector<std::int16_t> stripes() {
    std::vector<std::int16_t> out(picture_.begin(), picture_.end());
    for (std::int64_t c = 0; c < shape_.channels; ++c) {
      for (std::int64_t x = 0; x < shape_.width; ++x) {
        const int direction = sign();
        for (std::int64_t y = 0; y < shape_.height; ++y)
          out[shape_.at(c, y, x)] = moved(shape_.at(c, y, x), direction);
      }
    }
    return out;
  }

  /// One square anywhere, moved to either end in every channel. Signs that change nothing, as in a square
  /// that lies where an earlier one did, are drawn again: such a query would be lost.
  void put_square(std::vector<std::int16_t>* picture, std::int64_t query) {
    const double share = share_at(options_.first_share, query, options_.queries);
    const double area = share * static_cast<double>(shape_.height * shape_.width);
    const auto side = std::max<std::int64_t>(1, std::llround(std::sqrt(area)));
    const std::int64_t height = std::min(side, shape_.height), width = std::min(side, shape_.width);
    constexpr int kTries = 32;  // a square whose pixels can not move, with eps 0, has no signs that change it
    for (int i = 0; i < kTries; ++i) {
      const std::int64_t top = below(shape_.height - height + 1), left = below(shape_.width - width + 1);
      if (move_window(picture, top, left, height, width)) return;
    }
  }

  /// True when a value changed.
  bool move_window(std::vector<std::int16_t>* picture, std::int64_t top, std::int64_t left,
                   std::int64_t height, std::int64_t width) {
    bool changed = false;
    for (std::int64_t c = 0; c < shape_.channels; ++c) {
      const int direction = sign();
      for (std::int64_t y = top; y < top + height; ++y) {
        for (std::int64_t x = left; x < left + width; ++x) {
          const std::size_t i = shape_.at(c, y, x);
          const std::int16_t value = moved(i, direction);
          changed = changed || (*picture)[i] != value;
          (*picture)[i] = value;
        }
      }
    }
    return changed;
  }

  std::span<const std::int16_t> picture_;
  const PictureShape& shape_;
  const SquareOptions& options_;
  const std::function<double(std::span<const std::int16_t>)>& margin_;
  std::mt19937_64 random_;
};

}  // namespace

SquareResult square(std::span<const std::int16_t> picture, const PictureShape& shape,
                    const SquareOptions& options,
                    const std::function<double(std::span<const std::int16_t>)>& margin) {
  return Square(picture, shape, options, margin).run();
}

}  // namespace bulwark::converter::attack
