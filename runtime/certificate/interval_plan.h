// SPDX-License-Identifier: Apache-2.0
// The steps that carry an interval for every neuron from a box around the input to the decision
// (schema/NUMERICS.md, "Certificate").
//
// A session that certifies has two more arenas of the nominal one's layout, for the lower and the upper ends.
// An operator that is monotone in its input runs as it is, once on each; a linear operator runs on centre and
// radius.
#pragma once

#include <span>

#include "kernels/common/types.h"
#include "runtime/bump.h"
#include "runtime/certificate/decision.h"
#include "runtime/step.h"
#include "schema/verifier.h"

namespace bulwark::runtime {

struct PackTotals;

/// Buffers of a session besides the two arenas, behind the tensors in its table of interval addresses.
enum class IntervalBuffer : std::int32_t { centre, radius, centre_sums, radius_sums, count };

/// Addresses are numbered: tensor i's lower end is i, its upper end tensors + i, buffer b is 2 * tensors + b.
struct IntervalAddress {
  std::int32_t tensors = 0;
  std::int32_t lower(std::int32_t tensor) const { return tensor; }
  std::int32_t upper(std::int32_t tensor) const { return tensors + tensor; }
  std::int32_t buffer(IntervalBuffer b) const { return 2 * tensors + static_cast<std::int32_t>(b); }
  std::int32_t count() const { return buffer(IntervalBuffer::count); }
};

struct IntervalPlan {
  IntervalAddress address;
  std::int32_t input = -1;      ///< the model input
  std::int32_t door_step = -1;  ///< the step that quantizes it, or -1 for an integer input
  std::int32_t box = -1;        ///< the integer tensor around which the box lies
  Decision decision;            ///< filled in before the steps are built
  Step* steps = nullptr;        ///< in order; inputs and outputs are interval addresses
  std::int32_t step_count = 0;
  std::uint64_t buffer_bytes[static_cast<int>(IntervalBuffer::count)] = {};
};

/// What building needs of the plan.
struct IntervalPreparation {
  const schema::VerifiedModel& file;
  const schema::WeightExtremes* weights;  ///< one per operator
  kernels::Isa path;
  kernels::CoreClass core;
  const Step* nominal;         ///< one per operator
  std::int32_t door_operator;  ///< of model input 0, or -1
  Bump& bump;
  PackTotals& totals;
};

/// plan->decision is found. BW_STATUS_NOT_CERTIFIABLE with the reason when the model does not meet the
/// conditions of NUMERICS.md.
bw_status build_intervals(const IntervalPreparation& preparation, IntervalPlan* plan);

/// Steps while they are collected; room for `capacity` of them.
class IntervalSteps {
 public:
  IntervalSteps(Bump& bump, IntervalPlan* plan, std::size_t capacity)
      : bump_(bump), plan_(plan), capacity_(capacity) {
    plan_->steps = bump.make<Step>(capacity);
  }
  /// A copy of `step` that reads and writes these addresses; null when memory is out.
  Step* append(const Step& step, std::span<const std::int32_t> inputs, std::span<const std::int32_t> outputs);
  const IntervalAddress& address() const { return plan_->address; }
  void need(IntervalBuffer buffer, std::uint64_t bytes);

 private:
  Bump& bump_;
  IntervalPlan* plan_;
  std::size_t capacity_;
};

/// Appends the steps of a linear operator: box, two products, bounds. False: memory is out.
bool append_interval_linear(const IntervalPreparation& preparation, std::int32_t op, IntervalSteps& steps);
/// The steps of a convolution whose windows are worth gathering: padded boxes, then windows, products and
/// bounds of a block of pixels at a time.
bool append_interval_windows(const IntervalPreparation& preparation, std::int32_t op, IntervalSteps& steps);
/// The least and the largest entry of an interval.
bool append_interval_lookup(const IntervalPreparation& preparation, std::int32_t op, IntervalSteps& steps);
/// The four corners of two intervals.
bool append_interval_mul(const IntervalPreparation& preparation, std::int32_t op, IntervalSteps& steps);

}  // namespace bulwark::runtime
