// SPDX-License-Identifier: Apache-2.0
// Packed weights behind a model (packed.fbs): their structure and their places. What they hold is for a plan
// to compare.
#pragma once

#include "generated/packed_generated.h"
#include "schema/verifier.h"
#include "schema/views.h"

namespace bulwark::schema {

/// The first `model_bytes` bytes of the file hold the model, which is verified; the rest is not empty. On
/// failure returns false and fills *error.
bool verify_packed(std::span<const std::uint8_t> file, std::size_t model_bytes, const fb::Model& model,
                   const fb::PackedWeights** packed, VerifyError* error);

PackedView view(const fb::PackedOperator& packed);

}  // namespace bulwark::schema
