// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "kernels/common/float_ops.h"
#include "kernels/float/float_clamp.h"

namespace bulwark::kernels {

void float_add(const float* a, const float* b, float* output, std::int64_t count, float lo, float hi) {
  for (std::int64_t i = 0; i < count; ++i) output[i] = clamp_keeping_nan(a[i] + b[i], lo, hi);
}

void float_clip(const float* input, float* output, std::int64_t count, float lo, float hi) {
  for (std::int64_t i = 0; i < count; ++i) output[i] = clamp_keeping_nan(input[i], lo, hi);
}

void float_softmax(const float* input, float* output, std::int64_t rows, std::int64_t depth) {
  for (std::int64_t row = 0; row < rows; ++row, input += depth, output += depth) {
    float largest = input[0];
    for (std::int64_t i = 1; i < depth; ++i) largest = input[i] > largest ? input[i] : largest;
    float sum = 0;
    for (std::int64_t i = 0; i < depth; ++i) {
      output[i] = std::exp(input[i] - largest);
      sum += output[i];
    }
    for (std::int64_t i = 0; i < depth; ++i) output[i] /= sum;
  }
}

}  // namespace bulwark::kernels
