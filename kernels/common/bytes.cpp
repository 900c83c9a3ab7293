// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/bytes.h"

#include <cstring>

namespace bulwark::kernels {

bool equal_bytes(const std::uint8_t* a, const std::uint8_t* b, std::size_t count) {
  // Long blocks without a branch become vectors; the first that differs ends the comparison.
  constexpr std::size_t kBlock = 1024;
  std::size_t done = 0;
  for (; count - done >= kBlock; done += kBlock) {
    std::uint8_t different = 0;
    for (std::size_t i = 0; i < kBlock; ++i)
      different |= static_cast<std::uint8_t>(a[done + i] ^ b[done + i]);
    if (different != 0) return false;
  }
  return std::memcmp(a + done, b + done, count - done) == 0;
}

}  // namespace bulwark::kernels
