// SPDX-License-Identifier: Apache-2.0
// All memory of the runtime: the caller's hook or the C library, blocks that free themselves, fixed arrays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#include "bulwark/bulwark.h"

namespace bulwark::runtime {

inline constexpr std::size_t kAlignment = 64;  ///< of every block: a cache line, the widest vector

/// The caller's hook (copied) or malloc.
class Allocator {
 public:
  /// A hook of null means malloc.
  explicit Allocator(const bw_allocator* hook);

  /// Null on failure, for sizes that do not fit, and when a hook returns misaligned memory.
  void* allocate(std::uint64_t size) const;
  void release(void* memory, std::size_t size) const;

 private:
  bw_allocator hook_;
};

/// BW_STATUS_INVALID_ARGUMENT when a hook lacks one of its functions.
bw_status check_allocator(const bw_allocator* hook);

/// One block of memory, released with its owner.
class Block {
 public:
  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  Block(Block&& other) noexcept
      : allocator_(other.allocator_), data_(std::exchange(other.data_, nullptr)), size_(other.size_) {}
  ~Block() { reset(); }

  /// False when memory is out. `allocator` outlives the block. A size of 0 succeeds and holds nothing.
  [[nodiscard]] bool allocate(const Allocator& allocator, std::uint64_t size);
  void reset();

  std::uint8_t* data() const { return static_cast<std::uint8_t*>(data_); }
  std::size_t size() const { return size_; }

 private:
  const Allocator* allocator_ = nullptr;
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A fixed number of value-initialized elements that need no destructor.
template <typename T>
class Array {
  static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= kAlignment);

 public:
  [[nodiscard]] bool allocate(const Allocator& allocator, std::size_t count) {
    if (!block_.allocate(allocator, std::uint64_t{count} * sizeof(T))) return false;
    count_ = count;
    for (std::size_t i = 0; i < count; ++i) new (data() + i) T();
    return true;
  }
  T* data() const { return reinterpret_cast<T*>(block_.data()); }
  std::size_t size() const { return count_; }
  T& operator[](std::size_t i) const { return data()[i]; }
  T* begin() const { return data(); }
  T* end() const { return data() + count_; }

 private:
  Block block_;
  std::size_t count_ = 0;
};

}  // namespace bulwark::runtime
