// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "kernels/common/float_ops.h"
#include "kernels/float/float_clamp.h"

namespace bulwark::kernels {

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

void float_log_softmax(const float* input, float* output, std::int64_t rows, std::int64_t depth) {
  for (std::int64_t row = 0; row < rows; ++row, input += depth, output += depth) {
    float largest = input[0];
    for (std::int64_t i = 1; i < depth; ++i) largest = input[i] > largest ? input[i] : largest;
    float sum = 0;
    for (std::int64_t i = 0; i < depth; ++i) sum += std::exp(input[i] - largest);
    const float logarithm = std::log(sum);
    for (std::int64_t i = 0; i < depth; ++i) output[i] = input[i] - largest - logarithm;
  }
}

}  // namespace bulwark::kernels
