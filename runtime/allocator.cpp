// SPDX-License-Identifier: Apache-2.0
#include "runtime/allocator.h"

#include <cstdlib>

#include "runtime/status.h"

namespace bulwark::runtime {
namespace {

void* allocate_with_malloc(void*, std::size_t size, std::size_t alignment) {
  void* memory = nullptr;
  return posix_memalign(&memory, alignment, size) == 0 ? memory : nullptr;
}

void release_with_free(void*, void* memory, std::size_t) { std::free(memory); }

}  // namespace

Allocator::Allocator(const bw_allocator* hook)
    : hook_(hook != nullptr ? *hook : bw_allocator{allocate_with_malloc, release_with_free, nullptr}) {}

void* Allocator::allocate(std::uint64_t size) const {
  if (size > PTRDIFF_MAX) return nullptr;
  const std::size_t bytes = static_cast<std::size_t>(size);
  void* memory = hook_.allocate(hook_.context, bytes, kAlignment);
  if (reinterpret_cast<std::uintptr_t>(memory) % kAlignment == 0) return memory;
  hook_.release(hook_.context, memory, bytes);
  return nullptr;
}

void Allocator::release(void* memory, std::size_t size) const { hook_.release(hook_.context, memory, size); }

bw_status check_allocator(const bw_allocator* hook) {
  if (hook == nullptr || (hook->allocate != nullptr && hook->release != nullptr)) return BW_STATUS_OK;
  return fail(BW_STATUS_INVALID_ARGUMENT, "options.allocator lacks %s",
              hook->allocate == nullptr ? "allocate" : "release");
}

bool Block::allocate(const Allocator& allocator, std::uint64_t size) {
  reset();
  if (size == 0) return true;
  data_ = allocator.allocate(size);
  if (data_ == nullptr) return false;
  allocator_ = &allocator;
  size_ = static_cast<std::size_t>(size);
  return true;
}

void Block::reset() {
  if (data_ != nullptr) allocator_->release(data_, size_);
  data_ = nullptr;
  size_ = 0;
}

}  // namespace bulwark::runtime
