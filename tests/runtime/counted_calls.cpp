// SPDX-License-Identifier: Apache-2.0
#include "tests/runtime/counted_calls.h"

#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

namespace {

std::atomic<std::int64_t> allocations{0};
std::atomic<std::int64_t> threads{0};
std::atomic<std::int64_t> failing_thread{0};

}  // namespace

extern "C" {

void* __real_malloc(std::size_t size);
void* __real_calloc(std::size_t count, std::size_t size);
void* __real_realloc(void* memory, std::size_t size);
int __real_posix_memalign(void** memory, std::size_t alignment, std::size_t size);
int __real_pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                          void* argument);

void* __wrap_malloc(std::size_t size) {
  ++allocations;
  return __real_malloc(size);
}
void* __wrap_calloc(std::size_t count, std::size_t size) {
  ++allocations;
  return __real_calloc(count, size);
}
void* __wrap_realloc(void* memory, std::size_t size) {
  ++allocations;
  return __real_realloc(memory, size);
}
int __wrap_posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  ++allocations;
  return __real_posix_memalign(memory, alignment, size);
}
int __wrap_pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                          void* argument) {
  ++threads;
  const std::int64_t failing = failing_thread;
  if (failing != 0 && threads >= failing) return EAGAIN;
  return __real_pthread_create(thread, attributes, start, argument);
}

}  // extern "C"

// operator new reaches malloc inside the C++ library, where the linker does not redirect it. The address
// sanitizer has an operator new of its own, and tells its memory from that of malloc.
#ifndef __SANITIZE_ADDRESS__
void* operator new(std::size_t size) {
  ++allocations;
  void* memory = __real_malloc(size != 0 ? size : 1);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

namespace bulwark::test {

std::int64_t allocation_calls() { return allocations; }

std::int64_t fail_pthread_create(std::int64_t nth) {
  failing_thread = nth;
  return threads.exchange(0);
}

}  // namespace bulwark::test
