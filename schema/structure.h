// SPDX-License-Identifier: Apache-2.0
// First step of verification: the bytes are a well-formed FlatBuffer of this schema's version.
#pragma once

#include "schema/verifier.h"
#include "schema/views.h"

namespace bulwark::schema {

/// On success *model points into the first file_bytes of `bytes`, and every table, vector and string that can
/// be reached from it lies inside them, aligned, with all required parts present. Nothing is known about any
/// other value yet, nor about what stands behind the model.
bool verify_structure(std::span<const std::uint8_t> bytes, const fb::Model** model, VerifyError* error);

/// A verifier with the limits of limits.h.
flatbuffers::Verifier make_verifier(std::span<const std::uint8_t> bytes);

/// FlatBuffers adds the offsets of a vector's tables to pointers before it checks them, which wraps around
/// where pointers have 32 bits: a table in front of its vector would pass there and nowhere else.
template <typename T>
bool offsets_inside(std::span<const std::uint8_t> bytes,
                    const flatbuffers::Vector<flatbuffers::Offset<T>>* tables) {
  if (tables == nullptr) return true;
  for (std::uint32_t i = 0; i < tables->size(); ++i) {
    const std::uint8_t* place = tables->Data() + std::size_t{i} * sizeof(flatbuffers::uoffset_t);
    const std::uint64_t position = static_cast<std::uint64_t>(place - bytes.data());
    if (position + flatbuffers::ReadScalar<flatbuffers::uoffset_t>(place) >= bytes.size()) return false;
  }
  return true;
}

}  // namespace bulwark::schema
