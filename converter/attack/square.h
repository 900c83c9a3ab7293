// SPDX-License-Identifier: Apache-2.0
// The Square attack (Andriushchenko et al., ECCV 2020) on integers: black box, no gradients, so a model that
// hides its gradients is not safe from it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace bulwark::converter::attack {

/// A picture as one block of integers.
struct PictureShape {
  std::int64_t channels = 1, height = 1, width = 1;
  bool channels_last = false;

  std::int64_t elements() const { return channels * height * width; }
  std::size_t at(std::int64_t c, std::int64_t y, std::int64_t x) const {
    return static_cast<std::size_t>(channels_last ? (y * width + x) * channels + c
                                                  : (c * height + y) * width + x);
  }
};

struct SquareOptions {
  int eps = 8;  ///< largest change of an element, in steps
  std::int64_t queries = 5000;
  double first_share =
      0.3;  ///< share of the picture that the first squares cover (p of the paper, section 3)
  std::uint64_t seed = 0;
  std::int32_t lo = -128, hi = 127;  ///< range of the integers
};

struct SquareResult {
  bool found = false;
  std::int64_t queries = 0;
  double margin = 0;                  ///< the smallest seen
  std::vector<std::int16_t> picture;  ///< where it was seen
};

/// Looks for a picture within eps of `picture` whose margin is not positive. `margin` is the lead of the
/// right class over the best other one; it is asked `queries` times at most.
SquareResult square(std::span<const std::int16_t> picture, const PictureShape& shape,
                    const SquareOptions& options,
                    const std::function<double(std::span<const std::int16_t>)>& margin);

}  // namespace bulwark::converter::attack
