// SPDX-License-Identifier: Apache-2.0
// The norms of every layer, for the file's robustness table.
#pragma once

#include <span>

#include "converter/write/model_spec.h"
#include "schema/verifier.h"

namespace bulwark::converter::lipschitz {

/// Fills linf_norm and l2_bound of every operator with weights, from the weights as the file will hold them.
/// Work is limited: a network of 3.5 million weights takes seconds. Throws Error (bad_input) when the spec is
/// not a valid model.
void note_norms(write::ModelSpec& spec);

/// The operator's row of the robustness table; made when there is none.
write::LayerRobustnessSpec& robustness_row(write::ModelSpec& spec, std::int32_t op);

/// A view of a serialized spec, which must outlive it. Throws Error (bad_input) when it is not a valid model.
schema::VerifiedModel verified(std::span<const std::uint8_t> bytes);

}  // namespace bulwark::converter::lipschitz
