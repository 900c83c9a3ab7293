// SPDX-License-Identifier: Apache-2.0
// First step of verification: the bytes are a well-formed FlatBuffer of this schema's version.
#pragma once

#include "schema/verifier.h"
#include "schema/views.h"

namespace bulwark::schema {

/// On success *model points into `bytes` and every table, vector and string that can be reached from it lies
/// inside them, aligned, with all required parts present. Nothing is known about any value yet.
bool verify_structure(std::span<const std::uint8_t> bytes, const fb::Model** model, VerifyError* error);

}  // namespace bulwark::schema
