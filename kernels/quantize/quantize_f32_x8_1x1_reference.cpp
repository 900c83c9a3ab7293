// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"
#include "kernels/common/requantize_scalar.h"

namespace bulwark::kernels {
namespace {

/// The clamp comes first: infinities leave at a bound and NaN, which is greater than nothing, at lo.
std::int32_t quantize_value(float x, std::int32_t zero_point, std::int32_t lo, std::int32_t hi) {
  const float low = static_cast<float>(lo - zero_point);
  const float high = static_cast<float>(hi - zero_point);
  x = x > low ? x : low;
  x = x > high ? high : x;
  return round_to_even(x) + zero_point;
}

template <typename Out>
void quantize(const QuantizeCall& call) {
  Out* output = static_cast<Out*>(call.output);
  for (std::int64_t i = 0; i < call.count; ++i) {
    output[i] =
        static_cast<Out>(quantize_value(call.input[i] / call.scale, call.zero_point, call.lo, call.hi));
  }
}

}  // namespace

void quantize_f32_x8_1x1_reference(const QuantizeCall& call) {
  call.output_unsigned ? quantize<std::uint8_t>(call) : quantize<std::int8_t>(call);
}

}  // namespace bulwark::kernels
