// SPDX-License-Identifier: Apache-2.0
// arg_max, arg_min.
#include "runtime/ops/elementwise.h"

namespace bulwark::runtime {
namespace {

void run_arg_extreme(const StepCall& call) {
  kernels::ArgExtremeCall arg = call.parameters<kernels::ArgExtremeCall>();
  arg.input = call.input<void>(0);
  arg.output = call.output<void>();
  kernels::arg_extreme(arg);
}

}  // namespace

bool prepare_arg_extreme(Preparation& preparation, Step& step) {
  auto* call = preparation.bump.make<kernels::ArgExtremeCall>();
  if (call == nullptr) return false;
  const schema::TensorView input = preparation.input();
  const auto axis = static_cast<std::size_t>(preparation.op.axes[0]);
  call->outer = 1;
  for (std::size_t i = 0; i < axis; ++i) call->outer *= input.shape[i];
  call->count = input.shape[axis];
  call->inner = input.elements() / (call->outer * call->count);
  call->is_float = preparation.is_float();
  call->largest = preparation.op.kind == schema::OperatorKind::arg_max;
  call->wide = preparation.output().type == schema::ElementType::s64;
  step.run = run_arg_extreme;
  step.parameters = call;
  step.kernel = "arg_extreme";
  return true;
}

}  // namespace bulwark::runtime
