// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "kernels/common/float_ops.h"

namespace bulwark::kernels {
namespace {

constexpr float kSqrtHalf = 0.70710678f, kSqrtTwoOverPi = 0.79788456f;

float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }
float softplus(float x) { return (x > 0 ? x : 0) + std::log1p(std::exp(-std::fabs(x))); }
float between(float x, float lo, float hi) { return x < lo ? lo : x > hi ? hi : x; }

float activation(FloatFunction function, float x, float alpha, float beta) {
  switch (function) {
    case FloatFunction::sigmoid:
      return sigmoid(x);
    case FloatFunction::tanh:
      return std::tanh(x);
    case FloatFunction::hard_sigmoid:
      return between(alpha * x + beta, 0, 1);
    case FloatFunction::hard_swish:
      return x * between(x + 3, 0, 6) / 6;
    case FloatFunction::silu:
      return x * sigmoid(x);
    case FloatFunction::gelu:
      return x * 0.5f * std::erfc(-x * kSqrtHalf);
    case FloatFunction::gelu_tanh:
      return x * 0.5f * (1 + std::tanh(kSqrtTwoOverPi * (x + 0.044715f * x * x * x)));
    case FloatFunction::leaky_relu:
      return x < 0 ? alpha * x : x;
    case FloatFunction::elu:
      return x < 0 ? alpha * std::expm1(x) : x;
    case FloatFunction::selu:
      return beta * (x < 0 ? alpha * std::expm1(x) : x);
    case FloatFunction::softplus:
      return softplus(x);
    case FloatFunction::softsign:
      return x / (1 + std::fabs(x));
    default:  // mish
      return x * std::tanh(softplus(x));
  }
}

float value_of(FloatFunction function, float x, float alpha, float beta) {
  switch (function) {
    case FloatFunction::erf:
      return std::erf(x);
    case FloatFunction::exp:
      return std::exp(x);
    case FloatFunction::log:
      return std::log(x);
    case FloatFunction::sqrt:
      return std::sqrt(x);
    case FloatFunction::rsqrt:
      return 1 / std::sqrt(x);
    case FloatFunction::reciprocal:
      return 1 / x;
    case FloatFunction::square:
      return x * x;
    case FloatFunction::pow:
      return std::pow(x, alpha);
    case FloatFunction::abs:
      return std::fabs(x);
    case FloatFunction::neg:
      return -x;
    case FloatFunction::sign:
      return x > 0 ? 1.0f : x < 0 ? -1.0f : 0.0f;
    case FloatFunction::floor:
      return std::floor(x);
    case FloatFunction::ceil:
      return std::ceil(x);
    case FloatFunction::round:
      return std::nearbyint(x);
    case FloatFunction::sin:
      return std::sin(x);
    case FloatFunction::cos:
      return std::cos(x);
    default:
      return activation(function, x, alpha, beta);
  }
}

}  // namespace

void float_function(const FloatFunctionCall& call) {
  for (std::int64_t i = 0; i < call.count; ++i) {
    call.output[i] = value_of(call.function, call.input[i], call.alpha, call.beta);
  }
}

}  // namespace bulwark::kernels
