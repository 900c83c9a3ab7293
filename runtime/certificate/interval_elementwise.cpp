// SPDX-License-Identifier: Apache-2.0
// Elementwise operators that are not monotone: lookups, and products of two intervals.
#include <algorithm>

#include "runtime/certificate/interval_plan.h"
#include "runtime/ops/elementwise.h"

namespace bulwark::runtime {
namespace {

struct LookupRange {
  std::int64_t count;
  const std::int8_t* entries;  ///< 256, of -128..127
};

/// The least and the largest entry between both ends.
void run_lookup_range(const StepCall& call) {
  const auto& parameters = call.parameters<LookupRange>();
  const ElementRange range = elements_of(call, parameters.count);
  const auto* lo = call.input<std::int8_t>(0);
  const auto* hi = call.input<std::int8_t>(1);
  auto* least = call.output<std::int8_t>();
  auto* largest = static_cast<std::int8_t*>(call.tensors[call.step.outputs[1]]);
  for (std::int64_t i = range.begin; i < range.begin + range.count; ++i) {
    const auto ends = std::minmax_element(parameters.entries + lo[i] + 128, parameters.entries + hi[i] + 129);
    least[i] = *ends.first;
    largest[i] = *ends.second;
  }
}

struct Corners {
  std::int64_t count;
};

/// Four products of ends, in lower, upper and two buffers, become the lower and the upper end.
void run_corners(const StepCall& call) {
  const ElementRange range = elements_of(call, call.parameters<Corners>().count);
  const auto* c = call.input<std::int8_t>(0);
  const auto* d = call.input<std::int8_t>(1);
  auto* lo = call.output<std::int8_t>();
  auto* hi = static_cast<std::int8_t*>(call.tensors[call.step.outputs[1]]);
  for (std::int64_t i = range.begin; i < range.begin + range.count; ++i) {
    const auto ends = std::minmax({lo[i], hi[i], c[i], d[i]});
    lo[i] = ends.first;
    hi[i] = ends.second;
  }
}

}  // namespace

bool append_interval_lookup(const IntervalPreparation& preparation, std::int32_t index,
                            IntervalSteps& steps) {
  const schema::OperatorView op = preparation.file.op(index);
  auto* parameters = preparation.bump.make<LookupRange>();
  if (parameters == nullptr) return false;
  *parameters = {preparation.file.tensor(op.outputs[0]).elements(), op.lookup.entries.data()};
  Step step;
  step.op = index;
  step.run = run_lookup_range;
  step.parameters = parameters;
  step.kernel = "interval_lookup";
  split_elements(step, parameters->count);
  const IntervalAddress& at = steps.address();
  const std::int32_t inputs[] = {at.lower(op.inputs[0]), at.upper(op.inputs[0])};
  const std::int32_t outputs[] = {at.lower(op.outputs[0]), at.upper(op.outputs[0])};
  return steps.append(step, inputs, outputs) != nullptr;
}

bool append_interval_mul(const IntervalPreparation& preparation, std::int32_t index, IntervalSteps& steps) {
  const schema::OperatorView op = preparation.file.op(index);
  const Step& nominal = preparation.nominal[index];
  const IntervalAddress& at = steps.address();
  const std::int32_t a = op.inputs[0], b = op.inputs[1], output = op.outputs[0];
  const std::int32_t third = at.buffer(IntervalBuffer::centre), fourth = at.buffer(IntervalBuffer::radius);
  const std::int32_t pairs[4][3] = {{at.lower(a), at.lower(b), at.lower(output)},
                                    {at.upper(a), at.upper(b), at.upper(output)},
                                    {at.lower(a), at.upper(b), third},
                                    {at.upper(a), at.lower(b), fourth}};
  for (const auto& pair : pairs) {
    const std::int32_t inputs[] = {pair[0], pair[1]}, outputs[] = {pair[2]};
    if (steps.append(nominal, inputs, outputs) == nullptr) return false;
  }
  auto* parameters = preparation.bump.make<Corners>();
  if (parameters == nullptr) return false;
  parameters->count = preparation.file.tensor(output).elements();
  steps.need(IntervalBuffer::centre, static_cast<std::uint64_t>(parameters->count));
  steps.need(IntervalBuffer::radius, static_cast<std::uint64_t>(parameters->count));
  Step step;
  step.op = index;
  step.run = run_corners;
  step.parameters = parameters;
  step.kernel = "interval_corners";
  split_elements(step, parameters->count);
  const std::int32_t inputs[] = {third, fourth}, outputs[] = {at.lower(output), at.upper(output)};
  return steps.append(step, inputs, outputs) != nullptr;
}

}  // namespace bulwark::runtime
