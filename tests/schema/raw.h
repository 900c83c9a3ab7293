// SPDX-License-Identifier: Apache-2.0
// Damage that no builder would do, made on the finished bytes.
#pragma once

#include "schema/seal.h"
#include "tests/schema/model_builder.h"

namespace bulwark::test {

inline fb::Model& root(Bytes& bytes) { return *flatbuffers::GetMutableRoot<fb::Model>(bytes.data()); }

template <typename T>
void put(Bytes& bytes, std::size_t at, T value) {
  flatbuffers::WriteScalar(bytes.data() + at, value);
}
template <typename T>
T get(const Bytes& bytes, std::size_t at) {
  return flatbuffers::ReadScalar<T>(bytes.data() + at);
}

/// Position of anything that lies in the bytes. Not inlined: GCC would take the one-byte FlatBuffers classes
/// for the whole object and warn of writes behind them.
[[gnu::noinline]] inline std::size_t position(const Bytes& bytes, const void* of) {
  return static_cast<std::size_t>(static_cast<const std::uint8_t*>(of) - bytes.data());
}

/// Position of a table's entry for `field` (a VT_ constant) in its vtable.
inline std::size_t vtable_entry(const Bytes& bytes, const void* table, flatbuffers::voffset_t field) {
  const std::size_t at = position(bytes, table);
  return at - static_cast<std::size_t>(static_cast<std::ptrdiff_t>(get<flatbuffers::soffset_t>(bytes, at))) +
         field;
}

/// Position of a table's inline field; the field is present.
inline std::size_t field(const Bytes& bytes, const void* table, flatbuffers::voffset_t vt) {
  return position(bytes, table) + get<flatbuffers::voffset_t>(bytes, vtable_entry(bytes, table, vt));
}

/// As if the field had never been written. Tables that share the vtable lose it too.
inline void remove_field(Bytes& bytes, const void* table, flatbuffers::voffset_t vt) {
  put<flatbuffers::voffset_t>(bytes, vtable_entry(bytes, table, vt), 0);
}

/// Position of the length word of a vector or string.
template <typename Vector>
std::size_t length_word(const Bytes& bytes, const Vector* vector) {
  return position(bytes, vector);
}

}  // namespace bulwark::test
