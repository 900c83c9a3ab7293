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

void float_add(const float* a, const float* b, float* output, std::int64_t count, float lo, float hi);
void float_clip(const float* input, float* output, std::int64_t count, float lo, float hi);
void float_softmax(const float* input, float* output, std::int64_t rows, std::int64_t depth);

}  // namespace bulwark::kernels
