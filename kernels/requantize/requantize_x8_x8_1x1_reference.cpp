// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/common/requantize_scalar.h"

namespace bulwark::kernels {
namespace {

template <typename In, typename Out>
void requantize_all(const RequantizeCall& call) {
  const In* input = static_cast<const In*>(call.input);
  Out* output = static_cast<Out*>(call.output);
  for (std::int64_t i = 0; i < call.count; ++i) {
    output[i] = static_cast<Out>(
        requantize(input[i] - call.zero_point_in, call.multiplier, call.zero_point, call.lo, call.hi));
  }
}

}  // namespace

void requantize_x8_x8_1x1_reference(const RequantizeCall& call) {
  if (call.input_unsigned) {
    call.output_unsigned ? requantize_all<std::uint8_t, std::uint8_t>(call)
                         : requantize_all<std::uint8_t, std::int8_t>(call);
  } else {
    call.output_unsigned ? requantize_all<std::int8_t, std::uint8_t>(call)
                         : requantize_all<std::int8_t, std::int8_t>(call);
  }
}

}  // namespace bulwark::kernels
