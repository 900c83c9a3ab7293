// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "kernels/common/elementwise.h"

namespace bulwark::kernels {

void gather(const GatherCall& call) {
  const std::uint8_t* input = static_cast<const std::uint8_t*>(call.input);
  std::uint8_t* output = static_cast<std::uint8_t*>(call.output);
  for (std::int64_t row = 0; row < call.outer; ++row, input += call.blocks * call.block_bytes) {
    for (std::int64_t i = 0; i < call.count; ++i, output += call.block_bytes) {
      std::memcpy(output, input + call.indices[i] * call.block_bytes,
                  static_cast<std::size_t>(call.block_bytes));
    }
  }
}

}  // namespace bulwark::kernels
