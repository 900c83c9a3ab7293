// SPDX-License-Identifier: Apache-2.0
// Random problems that a verified model can contain, with the constants and the input that go with them.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "kernels/common/linear.h"

namespace bulwark::test {

/// Integers that are the same with every standard library.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  /// lo..hi, both included.
  std::int32_t in(std::int64_t lo, std::int64_t hi) {
    return static_cast<std::int32_t>(
        lo + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(hi - lo + 1)));
  }
  bool one_in(int n) { return in(1, n) == 1; }
  template <typename T>
  T pick(std::initializer_list<T> list) {
    return list.begin()[in(0, static_cast<std::int64_t>(list.size()) - 1)];
  }

 private:
  std::mt19937_64 engine_;
};

enum class LinearOperator { conv, depthwise, fully_connected };

struct LinearCase {
  kernels::LinearProblem problem;
  std::vector<std::int16_t> weights;         ///< out_c * depth, OHWI
  std::vector<std::uint8_t> packed_weights;  ///< as a model file stores them
  std::vector<std::int32_t> bias;
  std::vector<float> multiplier;
  std::vector<std::int8_t> lo, hi;
  std::vector<std::int8_t> input;

  std::string describe() const;
};

/// A geometry of the operator: sizes from 1 to two tiles and one, primes, strides, dilations, asymmetric
/// padding, groups; a format, ranges and fraction bits. Kept small enough for emulators.
kernels::LinearProblem random_problem(LinearOperator op, Random& random);

/// How values of a range are drawn: any, without the lowest of a two's complement range, one of both ends, or
/// one end only.
enum class Fill { any, symmetric, ends, lowest, highest };

/// Constants and input for a geometry: extreme values are frequent; the accumulator condition of
/// schema/NUMERICS.md holds, often with a bias that uses up int32. Sets the true extremes of the weights in
/// the problem.
LinearCase make_case(kernels::LinearProblem problem, Random& random);
LinearCase make_case(kernels::LinearProblem problem, Fill weights, Fill input, Random& random);

/// Every kernel test is cheap by default: emulators are slow. BULWARK_TEST_BUDGET=full runs `factor` times as
/// many cases.
int test_budget(int quick, int factor);

}  // namespace bulwark::test
