// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/float_ops.h"
#include "runtime/ops/elementwise.h"

namespace bulwark::runtime {
namespace {

struct FloatClipParameters {
  std::int64_t count;
  float lo, hi;
};

void run_float_clip(const StepCall& call) {
  const auto& parameters = call.parameters<FloatClipParameters>();
  const ElementRange range = elements_of(call, parameters.count);
  kernels::float_clip(call.input<float>(0) + range.begin, call.output<float>() + range.begin, range.count,
                      parameters.lo, parameters.hi);
}

void run_clip(const StepCall& call) {
  const auto& prepared = call.parameters<Prepared<kernels::ClipCall>>();
  kernels::ClipCall clip = prepared.call;
  const ElementRange range = elements_of(call, clip.count);
  clip.input = element(call.input<void>(0), range.begin);
  clip.output = element(call.output<void>(), range.begin);
  clip.count = range.count;
  prepared.kernel->run(clip);
}

bool prepare_float_clip(Preparation& preparation, Step& step) {
  auto* parameters = preparation.bump.make<FloatClipParameters>();
  if (parameters == nullptr) return false;
  *parameters = {preparation.output().elements(), preparation.op.float_lo, preparation.op.float_hi};
  step.run = run_float_clip;
  step.parameters = parameters;
  step.kernel = "float_clip";
  return true;
}

}  // namespace

bool prepare_clip(Preparation& preparation, Step& step) {
  const schema::TensorView output = preparation.output();
  split_elements(step, output.elements());
  if (preparation.is_float()) return prepare_float_clip(preparation, step);
  kernels::ClipCall call = {};
  call.count = output.elements();
  call.is_unsigned = is_unsigned(output);
  call.lo = output.lo;
  call.hi = output.hi;
  step.run = run_clip;
  return prepare_kernel(preparation, kernels::clip_kernels(), call, step);
}

}  // namespace bulwark::runtime
