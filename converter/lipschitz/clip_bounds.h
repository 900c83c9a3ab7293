// SPDX-License-Identifier: Apache-2.0
// Clip bounds: the clamp of every channel closed around what calibration data show, so far away that no such
// input moved by eps meets it. They cost nothing in a run and tell faults and inputs of another kind
// (bw_session_clip_counts).
#pragma once

#include <cstdint>
#include <vector>

#include "converter/write/model_spec.h"

namespace bulwark::converter::lipschitz {

/// The integers of a tensor that were seen, for each position of its last axis; empty when none were looked
/// at.
struct SeenRange {
  std::vector<std::int32_t> lo, hi;
};

/// For every operator with weights and an s8 output: hi[c] = min(hi[c], seen.hi[c] + d[c]), lo likewise, d
/// being the channel's deviation (deviation.h) for changes of the input by at most `eps` steps. `seen` has an
/// entry for each tensor. Fills the robustness table's clip_slack, clamps without clip bounds and clip_eps.
/// Returns the number of operators that got a bound; the others span their range already. Throws Error
/// (bad_input) for a spec that is not a valid model.
std::int32_t apply_clip_bounds(write::ModelSpec& spec, std::int32_t eps, const std::vector<SeenRange>& seen);

}  // namespace bulwark::converter::lipschitz
