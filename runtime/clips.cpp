// SPDX-License-Identifier: Apache-2.0
#include "runtime/clips.h"

#include <algorithm>

namespace bulwark::runtime {

schema::LayerRobustnessView unclipped_row(const schema::VerifiedModel& file, std::int32_t op) {
  for (std::int32_t i = 0; i < file.robustness_layer_count(); ++i) {
    const schema::LayerRobustnessView row = file.robustness_layer(i);
    if (row.operator_index == op && !row.unclipped_lo.empty()) return row;
  }
  return {};
}

ClipPlan* plan_clips(const schema::VerifiedModel& file, Bump& bump) {
  auto* plan = bump.make<ClipPlan>();
  if (plan == nullptr) return nullptr;
  plan->steps = bump.make<ClipStep>(static_cast<std::size_t>(file.operator_count()));
  if (plan->steps == nullptr) return nullptr;
  for (std::int32_t i = 0; i < file.operator_count(); ++i) {
    if (unclipped_row(file, i).unclipped_lo.empty()) continue;
    const schema::OperatorView op = file.op(i);
    ClipStep& step = plan->steps[i];
    step.lo = op.linear.lo;
    step.hi = op.linear.hi;
    step.tensor = op.outputs[0];
    step.channels = op.linear.weights.rows;
    step.pixels = file.tensor(step.tensor).elements() / step.channels;
    step.counts_at = plan->counters;
    plan->counters += step.channels;
  }
  return plan;
}

void clip_and_count(const ClipStep& step, std::int8_t* output, std::int64_t* counts) {
  std::fill_n(counts, step.channels, 0);
  for (std::int64_t pixel = 0; pixel < step.pixels; ++pixel, output += step.channels) {
    for (std::int32_t c = 0; c < step.channels; ++c) {
      const std::int8_t lo = step.lo[step.lo.size() == 1 ? 0 : static_cast<std::size_t>(c)];
      const std::int8_t hi = step.hi[step.hi.size() == 1 ? 0 : static_cast<std::size_t>(c)];
      const std::int8_t value = std::clamp(output[c], lo, hi);
      counts[c] += value != output[c] ? 1 : 0;
      output[c] = value;
    }
  }
}

}  // namespace bulwark::runtime
