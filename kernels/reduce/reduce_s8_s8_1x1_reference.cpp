// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "kernels/common/reduce_walk.h"
#include "kernels/common/requantize_scalar.h"

namespace bulwark::kernels {
namespace {

std::int32_t reduced(const ReduceCall& call, const std::int8_t* first) {
  std::int32_t result = call.reduction == Reduction::sum ? 0 : *first;
  for_each_reduced(*call.problem, [&](std::int64_t offset) {
    const std::int32_t x = first[offset];
    if (call.reduction == Reduction::sum) {
      result += x - call.zero_point_in;
    } else {
      result = call.reduction == Reduction::maximum ? std::max(result, x) : std::min(result, x);
    }
  });
  return result;
}

}  // namespace

void reduce_s8_s8_1x1_reference(const ReduceCall& call) {
  KeptWalk walk(*call.problem, call.begin);
  for (std::int64_t i = call.begin; i < call.end; ++i, walk.next()) {
    const std::int32_t value = reduced(call, call.input + walk.offset());
    const std::int32_t y = call.reduction == Reduction::sum
                               ? requantize(value, call.multiplier, call.zero_point, call.lo, call.hi)
                               : std::min(std::max(value, call.lo), call.hi);
    call.output[i] = static_cast<std::int8_t>(y);
  }
}

}  // namespace bulwark::kernels
