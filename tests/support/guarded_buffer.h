// SPDX-License-Identifier: Apache-2.0
// A buffer between two inaccessible pages: a read or write one byte outside it ends the test program.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace bulwark::test {

/// Which end of the buffer touches its guard page. Sizes are rarely whole pages, so a test runs once with
/// each.
enum class GuardSide { front, back };

/// `size` bytes (0 is allowed) at an address that is a multiple of `alignment` (a power of two up to the page
/// size). At the back an aligned buffer may end up to alignment - 1 bytes before the page; slack_intact()
/// tells whether they were written.
class GuardedBuffer {
 public:
  explicit GuardedBuffer(std::size_t size, GuardSide side = GuardSide::back, std::size_t alignment = 1)
      : size_(size), page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
    middle_ = (size + page_ - 1) / page_ * page_;
    if (middle_ == 0) middle_ = page_;
    void* base = mmap(nullptr, middle_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) std::abort();
    base_ = static_cast<std::uint8_t*>(base);
    if (mprotect(base_ + page_, middle_, PROT_READ | PROT_WRITE) != 0) std::abort();
    std::memset(base_ + page_, kSlack, middle_);
    const std::size_t offset = side == GuardSide::front ? 0 : (middle_ - size) & ~(alignment - 1);
    data_ = base_ + page_ + offset;
  }
  ~GuardedBuffer() { munmap(base_, middle_ + 2 * page_); }
  GuardedBuffer(const GuardedBuffer&) = delete;
  GuardedBuffer& operator=(const GuardedBuffer&) = delete;

  std::uint8_t* data() { return data_; }
  const std::uint8_t* data() const { return data_; }
  template <typename T>
  T* as() {
    return reinterpret_cast<T*>(data_);
  }
  std::size_t size() const { return size_; }

  /// From here on a write into the buffer faults too.
  void make_read_only() {
    if (mprotect(base_ + page_, middle_, PROT_READ) != 0) std::abort();
  }

  /// Whether the accessible bytes around the buffer are untouched.
  bool slack_intact() const {
    for (const std::uint8_t* p = base_ + page_; p != base_ + page_ + middle_; ++p) {
      if (p == data_ && size_ != 0)
        p += size_ - 1;
      else if (*p != kSlack)
        return false;
    }
    return true;
  }

 private:
  static constexpr std::uint8_t kSlack = 0xA5;
  std::size_t size_, page_, middle_ = 0;
  std::uint8_t* base_ = nullptr;
  std::uint8_t* data_ = nullptr;
};

}  // namespace bulwark::test
