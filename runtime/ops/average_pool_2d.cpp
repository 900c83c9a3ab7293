// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/float_ops.h"
#include "runtime/ops/pool.h"

namespace bulwark::runtime {
namespace {

void run_float_average_pool(const StepCall& call) {
  const auto& parameters = call.parameters<PoolParameters>();
  kernels::float_average_pool({&parameters.problem, call.input<float>(0), call.output<float>(),
                               parameters.float_lo, parameters.float_hi, call.begin, call.end});
}

}  // namespace

bool prepare_average_pool_2d(Preparation& preparation, Step& step) {
  const PoolParameters* parameters = prepare_pool(preparation, kernels::average_pool_kernels(), step);
  if (parameters == nullptr) return false;
  step.run = run_integer_pool;
  if (preparation.is_float()) {
    step.run = run_float_average_pool;
    step.kernel = "float_average_pool";
  }
  return true;
}

}  // namespace bulwark::runtime
