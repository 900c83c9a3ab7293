// SPDX-License-Identifier: Apache-2.0
// The last step of writing a model file.
#pragma once

#include <cstdint>
#include <span>

#include "schema/verifier.h"

namespace bulwark::schema {

/// Fills file_bytes and content_sha256 of a finished FlatBuffer in place. The builder must have stored both:
/// a vector of 32 bytes, and file_bytes with any value but 0 (FlatBuffers leaves defaults out). `bytes` is
/// aligned to kFileAlignment. On failure returns false and fills *error.
bool seal(std::span<std::uint8_t> bytes, VerifyError* error);

}  // namespace bulwark::schema
