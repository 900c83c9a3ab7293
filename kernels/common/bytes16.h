// SPDX-License-Identifier: Apache-2.0
// 16 bytes that a compiler holds in a vector register of any processor, for code that moves bytes without
// calculating: packing. Vectors of GCC's and Clang's language, so that one source serves all of them.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace bulwark::kernels {

using Bytes16 [[gnu::vector_size(16)]] = std::uint8_t;
using Halves8 [[gnu::vector_size(16)]] = std::uint16_t;
using Words4 [[gnu::vector_size(16)]] = std::uint32_t;
using Longs2 [[gnu::vector_size(16)]] = std::uint64_t;

/// From any address.
static inline Bytes16 load16(const void* from) {
  Bytes16 v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

/// Two vectors' units in turn: of the first halves, of the second halves.
struct Interleaved {
  Bytes16 low, high;
};
static inline Interleaved interleave_bytes(Bytes16 a, Bytes16 b) {
  return {__builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
          __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)};
}
static inline Interleaved interleave_halves(Bytes16 a, Bytes16 b) {
  const auto x = std::bit_cast<Halves8>(a), y = std::bit_cast<Halves8>(b);
  return {std::bit_cast<Bytes16>(__builtin_shufflevector(x, y, 0, 8, 1, 9, 2, 10, 3, 11)),
          std::bit_cast<Bytes16>(__builtin_shufflevector(x, y, 4, 12, 5, 13, 6, 14, 7, 15))};
}
static inline Interleaved interleave_words(Bytes16 a, Bytes16 b) {
  const auto x = std::bit_cast<Words4>(a), y = std::bit_cast<Words4>(b);
  return {std::bit_cast<Bytes16>(__builtin_shufflevector(x, y, 0, 4, 1, 5)),
          std::bit_cast<Bytes16>(__builtin_shufflevector(x, y, 2, 6, 3, 7))};
}
static inline Interleaved interleave_longs(Bytes16 a, Bytes16 b) {
  const auto x = std::bit_cast<Longs2>(a), y = std::bit_cast<Longs2>(b);
  return {std::bit_cast<Bytes16>(__builtin_shufflevector(x, y, 0, 2)),
          std::bit_cast<Bytes16>(__builtin_shufflevector(x, y, 1, 3))};
}

/// Where packing code puts what it makes: PackedWriter stores it, PackedComparer compares it with what lies
/// there, so that one code packs and proves that weights packed ahead of time are what it would pack.
struct PackedWriter {
  using Byte = std::uint8_t;
  static void put(Byte* at, Bytes16 v) { std::memcpy(at, &v, sizeof v); }
};
class PackedComparer {
 public:
  using Byte = const std::uint8_t;
  void put(Byte* at, Bytes16 v) { different_ |= load16(at) ^ v; }
  bool same() const {
    const auto halves = std::bit_cast<Longs2>(different_);
    return (halves[0] | halves[1]) == 0;
  }

 private:
  Bytes16 different_ = {};
};

/// `count` is a multiple of 16.
template <typename Sink>
void put_bytes(Sink& sink, typename Sink::Byte* at, const std::uint8_t* from, std::size_t count) {
  for (std::size_t i = 0; i < count; i += 16) sink.put(at + i, load16(from + i));
}

}  // namespace bulwark::kernels
