// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"

namespace bulwark::kernels {
namespace {

template <typename T>
std::int64_t index_of_extreme(const T* first, std::int64_t count, std::int64_t step, bool largest) {
  std::int64_t best = 0;
  for (std::int64_t i = 1; i < count; ++i) {
    const T value = first[i * step], held = first[best * step];
    if (largest ? value > held : value < held) best = i;
  }
  return best;
}

template <typename T>
void find_all(const ArgExtremeCall& call) {
  const T* input = static_cast<const T*>(call.input);
  for (std::int64_t at = 0; at < call.outer * call.inner; ++at) {
    const T* first = input + at / call.inner * call.count * call.inner + at % call.inner;
    const std::int64_t best = index_of_extreme(first, call.count, call.inner, call.largest);
    if (call.wide) {
      static_cast<std::int64_t*>(call.output)[at] = best;
    } else {
      static_cast<std::int32_t*>(call.output)[at] = static_cast<std::int32_t>(best);
    }
  }
}

}  // namespace

void arg_extreme(const ArgExtremeCall& call) {
  if (call.is_float) {
    find_all<float>(call);
  } else {
    find_all<std::int8_t>(call);
  }
}

}  // namespace bulwark::kernels
