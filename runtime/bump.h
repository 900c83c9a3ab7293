// SPDX-License-Identifier: Apache-2.0
// Many small objects that live and die together.
#pragma once

#include <new>

#include "runtime/allocator.h"

namespace bulwark::runtime {

/// Hands out memory from chunks of the allocator; all of it is released at once. Objects need no destructor.
class Bump {
 public:
  explicit Bump(const Allocator& allocator) : allocator_(allocator) {}
  Bump(const Bump&) = delete;
  Bump& operator=(const Bump&) = delete;
  ~Bump();

  /// `count` value-initialized objects, or null when memory is out.
  template <typename T>
  T* make(std::size_t count = 1) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= alignof(std::max_align_t));
    void* memory = take(std::uint64_t{count} * sizeof(T));
    if (memory == nullptr) return nullptr;
    T* objects = static_cast<T*>(memory);
    for (std::size_t i = 0; i < count; ++i) new (objects + i) T();
    return objects;
  }

 private:
  struct Chunk {
    Chunk* next;
    std::size_t size;
  };
  void* take(std::uint64_t bytes);

  const Allocator& allocator_;
  Chunk* chunks_ = nullptr;
  std::uint8_t* free_ = nullptr;
  std::size_t free_bytes_ = 0;
};

}  // namespace bulwark::runtime
