// SPDX-License-Identifier: Apache-2.0
// Counting what clip bounds cut. A plan that counts packs the operators that have such bounds with their
// clamps without them; after every such step its output is clamped, and what that changes is counted. As the
// bounds lie inside those clamps the bytes are the same.
#pragma once

#include <cstdint>

#include "runtime/bump.h"
#include "schema/verifier.h"

namespace bulwark::runtime {

/// The row of the robustness table that gives an operator's clamp without clip bounds; empty views without
/// one.
schema::LayerRobustnessView unclipped_row(const schema::VerifiedModel& file, std::int32_t op);

/// The clip bounds of one step.
struct ClipStep {
  schema::View<std::int8_t> lo, hi;  ///< one per channel, or one for all
  std::int32_t tensor = 0;
  std::int32_t channels = 0;  ///< 0: the step has none
  std::int64_t pixels = 0;
  std::int64_t counts_at = 0;  ///< of its counters among all of a session
};

struct ClipPlan {
  ClipStep* steps = nullptr;  ///< one per operator
  std::int64_t counters = 0;
};

/// Null: memory is out.
ClipPlan* plan_clips(const schema::VerifiedModel& file, Bump& bump);

/// Clamps the output of a step and counts per channel; `counts` are the step's own.
void clip_and_count(const ClipStep& step, std::int8_t* output, std::int64_t* counts);

}  // namespace bulwark::runtime
