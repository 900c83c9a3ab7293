// SPDX-License-Identifier: Apache-2.0
#include "runtime/ops/elementwise.h"

namespace bulwark::runtime {
namespace {

void run_transpose(const StepCall& call) {
  kernels::TransposeCall transpose = call.parameters<kernels::TransposeCall>();
  transpose.input = call.input<void>(0);
  transpose.output = call.output<void>();
  kernels::transpose(transpose);
}

}  // namespace

bool prepare_transpose(Preparation& preparation, Step& step) {
  auto* call = preparation.bump.make<kernels::TransposeCall>();
  if (call == nullptr) return false;
  const schema::TensorView input = preparation.input();
  call->element_size = schema::element_size(input.type);
  call->rank = static_cast<std::int32_t>(input.shape.size());
  call->input_shape = input.shape.data();
  call->perm = preparation.op.axes.data();
  step.run = run_transpose;
  step.parameters = call;
  step.kernel = "transpose";
  return true;
}

}  // namespace bulwark::runtime
