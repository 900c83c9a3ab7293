// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "kernels/common/elementwise.h"

namespace bulwark::kernels {

void copy_rows(const void* input, void* output, std::int64_t outer, std::int64_t row_bytes,
               std::int64_t output_row_bytes, std::int64_t output_offset) {
  const std::uint8_t* in = static_cast<const std::uint8_t*>(input);
  std::uint8_t* out = static_cast<std::uint8_t*>(output) + output_offset;
  for (std::int64_t row = 0; row < outer; ++row) {
    std::memcpy(out + row * output_row_bytes, in + row * row_bytes, static_cast<std::size_t>(row_bytes));
  }
}

}  // namespace bulwark::kernels
