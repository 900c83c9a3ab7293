// SPDX-License-Identifier: Apache-2.0
// Places tensors in one arena so that tensors that are never needed at the same time share bytes.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/allocator.h"

namespace bulwark::runtime {

/// One buffer and the steps, both included, during which its bytes must stay untouched.
struct PlannedBuffer {
  std::uint64_t bytes = 0;
  std::int32_t first = 0, last = 0;
  std::uint64_t offset = 0;  ///< the result, a multiple of kAlignment
};

/// Greedy by size: the largest buffer first, each into the smallest gap that fits between the buffers alive
/// with it. Sizes sum to less than 2^63. False when memory for the bookkeeping is out.
[[nodiscard]] bool plan_memory(const Allocator& allocator, std::span<PlannedBuffer> buffers,
                               std::uint64_t* arena_bytes);

}  // namespace bulwark::runtime
