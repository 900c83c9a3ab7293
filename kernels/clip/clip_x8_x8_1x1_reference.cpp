// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "kernels/common/elementwise.h"

namespace bulwark::kernels {
namespace {

template <typename T>
void clip(const ClipCall& call) {
  const T* input = static_cast<const T*>(call.input);
  T* output = static_cast<T*>(call.output);
  for (std::int64_t i = 0; i < call.count; ++i) {
    output[i] = static_cast<T>(std::min(std::max<std::int32_t>(input[i], call.lo), call.hi));
  }
}

}  // namespace

void clip_x8_x8_1x1_reference(const ClipCall& call) {
  call.is_unsigned ? clip<std::uint8_t>(call) : clip<std::int8_t>(call);
}

}  // namespace bulwark::kernels
