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
  /// What the file has packed for this kernel, of packed_size() bytes and aligned: used in place if it proves
  /// to be what the kernel packs. Null without.
  const std::uint8_t* in_file;
  schema::View<std::int8_t> lo, hi;  ///< the clamp to pack
};

struct LinearSelection {
  kernels::Isa path;
  kernels::CoreClass core;
  PackTotals& totals;
  /// Where packed weights may stand, for the operator's own product; null for others.
  const schema::VerifiedModel* file = nullptr;
  std::int32_t op = 0;
};

/// The problem of an integer operator, ranges and all.
LinearGeometry integer_linear_geometry(const schema::VerifiedModel& file, const schema::OperatorView& op,
                                       schema::WeightExtremes weights);
/// The operator's constants, one for every row: those that the file has once are repeated in the workspace.
kernels::LinearConstants linear_constants(const schema::OperatorView& op, const PackWorkspace& workspace);
/// Raises the totals' largest sizes for this problem. False: its sizes do not fit memory.
bool add_sizes(const kernels::LinearProblem& problem, PackTotals& totals);
/// Adds room for the packed weights to the totals and fills packed_offset. False: they do not fit memory.
bool reserve_packed(PackTotals& totals, LinearParameters& parameters);

/// Selects the kernel for a complete problem and reserves room for its packed weights. Fills the step's
/// kernel, items and scratch_bytes. False: it does not fit memory.
bool prepare_linear_kernel(const LinearSelection& selection, const LinearGeometry& geometry,
                           LinearParameters* parameters, Step& step);

/// Runs the kernel; the step's parameters are LinearParameters.
void run_linear(const StepCall& call);

/// The float operators' share of prepare_linear.
bool prepare_float_linear(Preparation& preparation, const kernels::LinearProblem& geometry, Step& step);

}  // namespace bulwark::runtime
