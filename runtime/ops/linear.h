// SPDX-License-Identifier: Apache-2.0
// What convolution and fully connected share: weights packed once, a linear kernel called by ranges of work
// items.
#pragma once

#include "kernels/common/linear.h"
#include "runtime/ops/operator.h"

namespace bulwark::runtime {

/// Shapes, strides and padding of a linear operator, and the family of kernels for them. Ranges and formats
/// keep their defaults.
struct LinearGeometry {
  kernels::LinearProblem problem;
  kernels::LinearRegistry registry;
};
LinearGeometry linear_geometry(const schema::VerifiedModel& file, const schema::OperatorView& op);

/// What a prepared linear step runs with (Step::parameters of an integer convolution or fully connected
/// step), or the first member of it.
struct LinearParameters {
  kernels::LinearProblem problem;
  const kernels::LinearKernel* kernel;
  std::size_t packed_offset;
  const void* packed;
};

struct LinearSelection {
  kernels::Isa path;
  kernels::CoreClass core;
  PackTotals& totals;
};

/// Selects the kernel for a complete problem and reserves room for its packed weights. Fills the step's
/// kernel, items and scratch_bytes. False: it does not fit memory.
bool prepare_linear_kernel(const LinearSelection& selection, const LinearGeometry& geometry,
                           LinearParameters* parameters, Step& step);

/// Runs the kernel; the step's parameters are LinearParameters.
void run_linear(const StepCall& call);

/// The float operators' share of prepare_linear.
bool prepare_float_linear(Preparation& preparation, const kernels::LinearProblem& geometry, Step& step);

}  // namespace bulwark::runtime
