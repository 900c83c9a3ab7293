// SPDX-License-Identifier: Apache-2.0
#include "runtime/bump.h"

#include <algorithm>

namespace bulwark::runtime {
namespace {

constexpr std::uint64_t kChunkBytes = 8192;

}  // namespace

Bump::~Bump() {
  while (chunks_ != nullptr) {
    Chunk* chunk = chunks_;
    chunks_ = chunk->next;
    allocator_.release(chunk, chunk->size);
  }
}

void* Bump::take(std::uint64_t bytes) {
  constexpr std::uint64_t kUnit = alignof(std::max_align_t);
  constexpr std::uint64_t kHeader = (sizeof(Chunk) + kUnit - 1) / kUnit * kUnit;
  const std::uint64_t rounded = (bytes + kUnit - 1) / kUnit * kUnit;
  if (rounded > free_bytes_) {
    const std::uint64_t size = std::max(kChunkBytes, kHeader + rounded);
    void* memory = allocator_.allocate(size);
    if (memory == nullptr) return nullptr;
    chunks_ = new (memory) Chunk{chunks_, static_cast<std::size_t>(size)};
    free_ = static_cast<std::uint8_t*>(memory) + kHeader;
    free_bytes_ = static_cast<std::size_t>(size - kHeader);
  }
  void* result = free_;
  free_ += rounded;
  free_bytes_ -= static_cast<std::size_t>(rounded);
  return result;
}

}  // namespace bulwark::runtime
