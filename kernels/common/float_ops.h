// SPDX-License-Identifier: Apache-2.0
// Float operators: portable twins, not bit-exact between compilers' libm or XNNPACK, and outside every
// certificate. Layouts as in linear.h. All results are clamped to [lo, hi] (-inf, +inf when there is none).
#pragma once

#include "kernels/common/elementwise.h"
#include "kernels/common/linear.h"

namespace bulwark::kernels {

struct FloatLinearCall {
  const LinearProblem* problem;  ///< geometry only; ranges and formats are ignored
  const float* input;
  const float* weights;  ///< OHWI
  const float* bias;     ///< out_c
  float* output;
  float lo, hi;
  std::int64_t begin, end;  ///< range of output pixels, 0 .. out_pixels()
};
void float_linear(const FloatLinearCall& call);

struct FloatPoolCall {
  const PoolProblem* problem;
  const float* input;
  float* output;
  float lo, hi;
  std::int64_t begin, end;  ///< range of output rows
};
void float_max_pool(const FloatPoolCall& call);
void float_average_pool(const FloatPoolCall& call);

enum class FloatBinary : std::uint8_t { add, sub, mul, div, maximum, minimum, prelu };

/// a[0] stands for every a where `a_repeats`, likewise b. A NaN operand of maximum and minimum gives a or b.
struct FloatBinaryCall {
  FloatBinary op;
  const float* a;
  const float* b;
  float* output;
  std::int64_t count;
  bool a_repeats, b_repeats;
  float lo, hi;
};
void float_binary(const FloatBinaryCall& call);

/// In the order of schema::Function, whose formulas are those of schema/NUMERICS.md, "Functions".
enum class FloatFunction : std::uint8_t {
  sigmoid,
  tanh,
  hard_sigmoid,
  hard_swish,
  silu,
  gelu,
  gelu_tanh,
  erf,
  leaky_relu,
  elu,
  selu,
  softplus,
  softsign,
  mish,
  exp,
  log,
  sqrt,
  rsqrt,
  reciprocal,
  square,
  pow,
  abs,
  neg,
  sign,
  floor,
  ceil,
  round,
  sin,
  cos,
};
struct FloatFunctionCall {
  FloatFunction function;
  float alpha, beta;
  const float* input;
  float* output;
  std::int64_t count;
};
void float_function(const FloatFunctionCall& call);

/// y = clamp(multiplier * sum, lo, hi), or of the largest or smallest element.
struct FloatReduceCall {
  const ReduceProblem* problem;
  Reduction reduction;
  const float* input;
  float* output;
  float multiplier, lo, hi;
  std::int64_t begin, end;  ///< range of output elements
};
void float_reduce(const FloatReduceCall& call);

/// Linear interpolation; weights are the positions' fractions.
struct FloatResizeCall {
  const ResizeProblem* problem;  ///< without positions
  const float* rows;
  const float* columns;
  const float* input;
  float* output;
  std::int64_t begin, end;  ///< range of output rows, 0 .. outer * out_h
};
void float_resize(const FloatResizeCall& call);

void float_clip(const float* input, float* output, std::int64_t count, float lo, float hi);
void float_softmax(const float* input, float* output, std::int64_t rows, std::int64_t depth);
void float_log_softmax(const float* input, float* output, std::int64_t rows, std::int64_t depth);

}  // namespace bulwark::kernels
