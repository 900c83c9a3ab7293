// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/float_ops.h"
#include "kernels/common/reduce_walk.h"
#include "kernels/float/float_clamp.h"

namespace bulwark::kernels {

void float_reduce(const FloatReduceCall& call) {
  KeptWalk walk(*call.problem, call.begin);
  for (std::int64_t i = call.begin; i < call.end; ++i, walk.next()) {
    const float* first = call.input + walk.offset();
    float result = call.reduction == Reduction::sum ? 0.0f : *first;
    for_each_reduced(*call.problem, [&](std::int64_t offset) {
      const float x = first[offset];
      if (call.reduction == Reduction::sum) {
        result += x;
      } else {
        result = (call.reduction == Reduction::maximum ? x > result : x < result) ? x : result;
      }
    });
    if (call.reduction == Reduction::sum) result *= call.multiplier;
    call.output[i] = clamp_keeping_nan(result, call.lo, call.hi);
  }
}

}  // namespace bulwark::kernels
