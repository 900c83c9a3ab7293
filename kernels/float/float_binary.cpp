// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/float_ops.h"
#include "kernels/float/float_clamp.h"

namespace bulwark::kernels {
namespace {

template <typename Combine>
void combine_all(const FloatBinaryCall& call, Combine combine) {
  const auto put = [&](std::int64_t i, float a, float b) {
    call.output[i] = clamp_keeping_nan(combine(a, b), call.lo, call.hi);
  };
  if (call.a_repeats) {
    for (std::int64_t i = 0; i < call.count; ++i) put(i, call.a[0], call.b[call.b_repeats ? 0 : i]);
  } else if (call.b_repeats) {
    for (std::int64_t i = 0; i < call.count; ++i) put(i, call.a[i], call.b[0]);
  } else {
    for (std::int64_t i = 0; i < call.count; ++i) put(i, call.a[i], call.b[i]);
  }
}

}  // namespace

void float_binary(const FloatBinaryCall& call) {
  switch (call.op) {
    case FloatBinary::add:
      return combine_all(call, [](float a, float b) { return a + b; });
    case FloatBinary::sub:
      return combine_all(call, [](float a, float b) { return a - b; });
    case FloatBinary::mul:
      return combine_all(call, [](float a, float b) { return a * b; });
    case FloatBinary::div:
      return combine_all(call, [](float a, float b) { return a / b; });
    case FloatBinary::maximum:
      return combine_all(call, [](float a, float b) { return a < b ? b : a; });
    case FloatBinary::minimum:
      return combine_all(call, [](float a, float b) { return b < a ? b : a; });
    case FloatBinary::prelu:
      return combine_all(call, [](float a, float b) { return a < 0 ? a * b : a; });
  }
}

}  // namespace bulwark::kernels
