// SPDX-License-Identifier: Apache-2.0
#include "converter/graph/functions.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bulwark::converter {
namespace {

constexpr double kSqrtHalf = 0.70710678118654752440, kSqrtTwoOverPi = 0.79788456080286535588;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

double activation(schema::Function function, double x, double alpha, double beta) {
  using enum schema::Function;
  switch (function) {
    case sigmoid:
      return converter::sigmoid(x);
    case tanh:
      return std::tanh(x);
    case hard_sigmoid:
      return std::clamp(alpha * x + beta, 0.0, 1.0);
    case hard_swish:
      return x * std::clamp(x + 3, 0.0, 6.0) / 6;
    case silu:
      return x * converter::sigmoid(x);
    case gelu:
      return x * 0.5 * std::erfc(-x * kSqrtHalf);
    case gelu_tanh:
      return x * 0.5 * (1 + std::tanh(kSqrtTwoOverPi * (x + 0.044715 * x * x * x)));
    case leaky_relu:
      return x < 0 ? alpha * x : x;
    case elu:
      return x < 0 ? alpha * std::expm1(x) : x;
    case selu:
      return beta * (x < 0 ? alpha * std::expm1(x) : x);
    case softplus:
      return converter::softplus(x);
    case softsign:
      return x / (1 + std::abs(x));
    case mish:
      return x * std::tanh(converter::softplus(x));
    default:
      return std::numeric_limits<double>::quiet_NaN();
  }
}

}  // namespace

double value_of(schema::Function function, double x, double alpha, double beta) {
  using enum schema::Function;
  switch (function) {
    case erf:
      return std::erf(x);
    case exp:
      return std::exp(x);
    case log:
      return std::log(x);
    case sqrt:
      return std::sqrt(x);
    case rsqrt:
      return 1 / std::sqrt(x);
    case reciprocal:
      return 1 / x;
    case square:
      return x * x;
    case pow:
      return std::pow(x, alpha);
    case abs:
      return std::abs(x);
    case neg:
      return -x;
    case sign:
      return x > 0 ? 1 : x < 0 ? -1 : 0;
    case floor:
      return std::floor(x);
    case ceil:
      return std::ceil(x);
    case round:
      return std::nearbyint(x);
    case sin:
      return std::sin(x);
    case cos:
      return std::cos(x);
    default:
      return activation(function, x, alpha, beta);
  }
}

}  // namespace bulwark::converter
