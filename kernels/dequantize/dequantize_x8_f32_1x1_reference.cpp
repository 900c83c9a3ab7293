// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"

namespace bulwark::kernels {
namespace {

template <typename In>
void dequantize(const DequantizeCall& call) {
  const In* input = static_cast<const In*>(call.input);
  for (std::int64_t i = 0; i < call.count; ++i) {
    call.output[i] = static_cast<float>(input[i] - call.zero_point) * call.scale;
  }
}

}  // namespace

void dequantize_x8_f32_1x1_reference(const DequantizeCall& call) {
  call.input_unsigned ? dequantize<std::uint8_t>(call) : dequantize<std::int8_t>(call);
}

}  // namespace bulwark::kernels
