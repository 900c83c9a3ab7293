// SPDX-License-Identifier: Apache-2.0
#include "runtime/ops/elementwise.h"

namespace bulwark::runtime {
namespace {

void run_gather(const StepCall& call) {
  kernels::GatherCall gather = call.parameters<kernels::GatherCall>();
  gather.input = call.input<void>(0);
  gather.output = call.output<void>();
  kernels::gather(gather);
}

}  // namespace

bool prepare_gather(Preparation& preparation, Step& step) {
  auto* call = preparation.bump.make<kernels::GatherCall>();
  if (call == nullptr) return false;
  const schema::TensorView input = preparation.input();
  const auto axis = static_cast<std::size_t>(preparation.op.axes[0]);
  call->outer = 1;
  for (std::size_t i = 0; i < axis; ++i) call->outer *= input.shape[i];
  call->blocks = input.shape[axis];
  call->block_bytes = input.bytes() / (call->outer * call->blocks);
  call->indices = preparation.op.indices.data();
  call->count = static_cast<std::int64_t>(preparation.op.indices.size());
  step.run = run_gather;
  step.parameters = call;
  step.kernel = "gather";
  return true;
}

}  // namespace bulwark::runtime
