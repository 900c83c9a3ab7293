// SPDX-License-Identifier: Apache-2.0
// Reference counted handles in memory of an Allocator.
#pragma once

#include <atomic>
#include <new>

#include "runtime/allocator.h"

namespace bulwark::runtime {

/// Base of a handle. Its allocator is copied, so that the caller's struct need not outlive the call.
struct Handle {
  explicit Handle(const Allocator& from) : allocator(from) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  Allocator allocator;
  std::atomic<std::int32_t> references{1};
};

/// A new handle with one reference, or null when memory is out.
template <typename T>
T* make_handle(const Allocator& allocator) {
  void* memory = allocator.allocate(sizeof(T));
  return memory == nullptr ? nullptr : new (memory) T(allocator);
}

template <typename T>
void retain(T* handle) {
  handle->references.fetch_add(1, std::memory_order_relaxed);
}

/// Drops one reference; the last one destroys. Null is allowed.
template <typename T>
void release(T* handle) {
  if (handle == nullptr || handle->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  const Allocator allocator = handle->allocator;
  handle->~T();
  allocator.release(handle, sizeof(T));
}

}  // namespace bulwark::runtime
