// SPDX-License-Identifier: Apache-2.0
#include "kernels/wide/time_filter.h"

namespace bulwark::kernels {

void time_filter_s16_s8_1x1_reference(const TimeFilterCall& call) {
  const std::int64_t features = call.units * call.rank;
  for (std::int64_t u = 0; u < call.units; ++u) {
    std::int64_t sum = call.bias == nullptr ? 0 : call.bias[u];
    for (std::int64_t t = 0; t < call.time; ++t) {
      for (std::int64_t f = u * call.rank; f < (u + 1) * call.rank; ++f) {
        sum += std::int32_t{call.weights[t * features + f]} * call.input[t * features + f];
      }
    }
    call.output[u] = finish_time_filter(sum, call);
  }
}

}  // namespace bulwark::kernels
