// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/common/requantize_scalar.h"

namespace bulwark::kernels {
namespace {

template <typename Out>
void multiply(const MulWideCall& call) {
  Out* output = static_cast<Out*>(call.output);
  for (std::int64_t i = 0; i < call.count; ++i) {
    const std::int32_t product = std::int32_t{call.a[i]} * call.b[i];
    output[i] = static_cast<Out>(requantize(product, call.multiplier, call.zero_point, call.lo, call.hi));
  }
}

}  // namespace

void mul_s16_any_1x1_reference(const MulWideCall& call) {
  call.output_s8 ? multiply<std::int8_t>(call) : multiply<std::int16_t>(call);
}

}  // namespace bulwark::kernels
