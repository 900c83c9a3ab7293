// SPDX-License-Identifier: Apache-2.0
#include "runtime/memory_planner.h"

#include <algorithm>

namespace bulwark::runtime {
namespace {

bool alive_together(const PlannedBuffer& a, const PlannedBuffer& b) {
  return a.first <= b.last && b.first <= a.last;
}

std::uint64_t place_end(const PlannedBuffer& buffer) {
  return buffer.offset + (buffer.bytes + kAlignment - 1) / kAlignment * kAlignment;
}

// The start of the smallest gap that holds `buffer`, or the end of all. `placed` is sorted by offset.
std::uint64_t best_fit(std::span<const PlannedBuffer> buffers, std::span<const std::uint32_t> placed,
                       const PlannedBuffer& buffer) {
  std::uint64_t end = 0, best = 0, best_gap = UINT64_MAX;
  for (const std::uint32_t index : placed) {
    const PlannedBuffer& other = buffers[index];
    if (!alive_together(buffer, other)) continue;
    if (other.offset > end) {
      const std::uint64_t gap = other.offset - end;
      if (gap >= buffer.bytes && gap < best_gap) {
        best = end;
        best_gap = gap;
      }
    }
    end = std::max(end, place_end(other));
  }
  return best_gap == UINT64_MAX ? end : best;
}

}  // namespace

bool plan_memory(const Allocator& allocator, std::span<PlannedBuffer> buffers, std::uint64_t* arena_bytes) {
  Array<std::uint32_t> order, placed;
  if (!order.allocate(allocator, buffers.size()) || !placed.allocate(allocator, buffers.size())) return false;
  for (std::size_t i = 0; i < buffers.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
  std::sort(order.begin(), order.end(), [buffers](std::uint32_t a, std::uint32_t b) {
    return buffers[a].bytes != buffers[b].bytes ? buffers[a].bytes > buffers[b].bytes : a < b;
  });

  std::uint64_t total = 0;
  std::size_t count = 0;
  for (const std::uint32_t index : order) {
    PlannedBuffer& buffer = buffers[index];
    buffer.offset = best_fit(buffers, {placed.data(), count}, buffer);
    total = std::max(total, place_end(buffer));
    std::uint32_t* where = std::upper_bound(
        placed.data(), placed.data() + count, buffer.offset,
        [buffers](std::uint64_t offset, std::uint32_t i) { return offset < buffers[i].offset; });
    std::copy_backward(where, placed.data() + count, placed.data() + count + 1);
    *where = index;
    ++count;
  }
  *arena_bytes = total;
  return true;
}

}  // namespace bulwark::runtime
