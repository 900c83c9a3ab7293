// SPDX-License-Identifier: Apache-2.0
#include "runtime/certificate/padded_box.h"

#include <algorithm>
#include <cstring>

#include "kernels/common/interval.h"
#include "runtime/certificate/conditions.h"
#include "runtime/ops/elementwise.h"

namespace bulwark::runtime {
namespace {

using kernels::IntervalBoxCall;
using kernels::LinearProblem;

constexpr std::int64_t kSlack = 16;  ///< bytes behind an image that are read and not used

struct BoxParameters {
  Prepared<IntervalBoxCall> box;
  LinearProblem problem;  ///< of the operator
  std::int32_t centre_pad, radius_pad;
};

/// One work item is a picture of the batch.
void run_padded_box(const StepCall& call) {
  const auto& parameters = call.parameters<BoxParameters>();
  const LinearProblem& p = parameters.problem;
  const Padded padded(p);
  const std::int64_t padded_row = padded.width * p.in_c, row = std::int64_t{p.in_w} * p.in_c;
  const std::int64_t picture = padded.height * padded_row;
  // The input may also reach behind the last window.
  const std::int64_t rows = std::min<std::int64_t>(p.in_h, padded.height - p.pad_top);
  IntervalBoxCall box = parameters.box.call;
  box.count = std::min<std::int64_t>(row, padded_row - std::int64_t{p.pad_left} * p.in_c);
  for (std::int64_t n = call.begin; n < call.end; ++n) {
    std::int8_t* centre = call.output<std::int8_t>() + n * picture;
    std::int8_t* radius = static_cast<std::int8_t*>(call.tensors[call.step.outputs[1]]) + n * picture;
    std::memset(centre, parameters.centre_pad, static_cast<std::size_t>(picture));
    std::memset(radius, parameters.radius_pad, static_cast<std::size_t>(picture));
    if (box.count <= 0) continue;
    for (std::int64_t y = 0; y < rows; ++y) {
      const std::int64_t from = (n * p.in_h + y) * row;
      const std::int64_t to = (y + p.pad_top) * padded_row + std::int64_t{p.pad_left} * p.in_c;
      box.lo = call.input<std::int8_t>(0) + from;
      box.hi = call.input<std::int8_t>(1) + from;
      box.centre = centre + to;
      box.radius = radius + to;
      parameters.box.kernel->run(box);
    }
  }
}

}  // namespace

bool is_padded(const LinearProblem& p) {
  const Padded padded(p);
  return p.pad_top > 0 || p.pad_left > 0 || padded.height > p.in_h || padded.width > p.in_w;
}

void remove_padding(LinearProblem& p) {
  const Padded padded(p);
  p.in_h = static_cast<std::int32_t>(padded.height);
  p.in_w = static_cast<std::int32_t>(padded.width);
  p.pad_top = p.pad_left = 0;
}

bool append_padded_box(const IntervalPreparation& preparation, std::int32_t op, const LinearProblem& problem,
                       IntervalSteps& steps) {
  const schema::OperatorView view = preparation.file.op(op);
  const IntervalForm form = interval_form(preparation.file.tensor(view.inputs[0]));
  auto* parameters = preparation.bump.make<BoxParameters>();
  if (parameters == nullptr) return false;
  IntervalBoxCall& call = parameters->box.call;
  call.doubled = form.doubled;
  call.offset = form.offset;
  parameters->box.kernel = &kernels::select_kernel(kernels::interval_box_kernels(), call, preparation.path);
  parameters->problem = problem;
  parameters->centre_pad = form.centre_pad;
  parameters->radius_pad = form.radius_pad;
  Step step;
  step.op = op;
  step.run = run_padded_box;
  step.parameters = parameters;
  step.kernel = parameters->box.kernel->name;
  step.items = problem.batch;
  step.work = Padded(problem).bytes(problem);
  const auto bytes = static_cast<std::uint64_t>(step.work + kSlack);
  steps.need(IntervalBuffer::centre, bytes);
  steps.need(IntervalBuffer::radius, bytes);
  const IntervalAddress& at = steps.address();
  const std::int32_t inputs[] = {at.lower(view.inputs[0]), at.upper(view.inputs[0])};
  const std::int32_t outputs[] = {at.buffer(IntervalBuffer::centre), at.buffer(IntervalBuffer::radius)};
  return steps.append(step, inputs, outputs) != nullptr;
}

}  // namespace bulwark::runtime
