// SPDX-License-Identifier: Apache-2.0
#include "runtime/ops/elementwise.h"

namespace bulwark::runtime {
namespace {

void run_slice(const StepCall& call) {
  kernels::SliceCall slice = call.parameters<kernels::SliceCall>();
  slice.input = call.input<void>(0);
  slice.output = call.output<void>();
  kernels::slice(slice);
}

}  // namespace

bool prepare_slice(Preparation& preparation, Step& step) {
  auto* call = preparation.bump.make<kernels::SliceCall>();
  if (call == nullptr) return false;
  const schema::TensorView input = preparation.input();
  call->element_size = schema::element_size(input.type);
  call->rank = static_cast<std::int32_t>(input.shape.size());
  call->input_shape = input.shape.data();
  call->output_shape = preparation.output().shape.data();
  call->start = preparation.op.axes.data();
  call->step = preparation.op.axes.data() + input.shape.size();
  step.run = run_slice;
  step.parameters = call;
  step.kernel = "slice";
  return true;
}

}  // namespace bulwark::runtime
