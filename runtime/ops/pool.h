// SPDX-License-Identifier: Apache-2.0
// What both pools share.
#pragma once

#include "runtime/ops/elementwise.h"

namespace bulwark::runtime {

struct PoolParameters {
  kernels::PoolProblem problem;
  kernels::PoolCall call;  ///< integer pools
  const kernels::Kernel<kernels::PoolCall>* kernel;
  float float_lo, float_hi;  ///< float pools
};

/// Makes the parameters of an integer or float pool and sets all of the step but `run` and, for float, the
/// kernel's name. Null: memory is out.
PoolParameters* prepare_pool(Preparation& preparation, kernels::Registry<kernels::PoolCall> registry,
                             Step& step);

/// Runs the selected integer kernel.
void run_integer_pool(const StepCall& call);

}  // namespace bulwark::runtime
