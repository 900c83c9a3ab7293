// SPDX-License-Identifier: Apache-2.0
// What convolution and fully connected share: weights packed once, a linear kernel called by ranges of work
// items.
#pragma once

#include "kernels/common/linear.h"
#include "runtime/ops/operator.h"

namespace bulwark::runtime {

/// What a prepared linear step runs with (Step::parameters of an integer convolution or fully connected
/// step).
struct LinearParameters {
  kernels::LinearProblem problem;
  const kernels::LinearKernel* kernel;
  std::size_t packed_offset;
  const void* packed;
};

/// `geometry` has the shapes, strides and padding; the ranges and formats are filled in here. `registry` is
/// ignored for float operators.
bool prepare_linear(Preparation& preparation, const kernels::LinearProblem& geometry,
                    kernels::LinearRegistry registry, Step& step);

/// The float operators' share of it.
bool prepare_float_linear(Preparation& preparation, const kernels::LinearProblem& geometry, Step& step);

}  // namespace bulwark::runtime
