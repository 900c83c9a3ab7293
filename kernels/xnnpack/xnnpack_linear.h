// SPDX-License-Identifier: Apache-2.0
// Float convolution and fully connected through XNNPACK, where the build has it (kernels/xnnpack is the only
// folder that includes xnnpack.h). An operator belongs to one session: creation and setup allocate inside
// XNNPACK, a run does not. Every failure leaves the portable twin, float_linear, to do the work.
#pragma once

#include "kernels/common/linear.h"

namespace bulwark::kernels {

/// An XNNPACK operator.
struct XnnpackLinear;

/// XNNPACK reads up to this many bytes behind the input; they must be readable, their values do not matter.
inline constexpr std::size_t kXnnpackExtraBytes = 16;

/// Whether this build has XNNPACK.
bool xnnpack_built();

/// Packs the weights (OHWI) and the bias (out_c) of a float operator; both may go away afterwards. Results
/// are clamped to [lo, hi]. Null: not built in, not supported by XNNPACK, or out of memory. Of the problem,
/// only the geometry counts.
XnnpackLinear* xnnpack_linear_create(const LinearProblem& problem, const float* weights, const float* bias,
                                     float lo, float hi);

/// Fixes input (in float NHWC, with kXnnpackExtraBytes behind it) and output of all later runs. False: out of
/// memory; the operator can only be destroyed. `problem` is the one of creation.
bool xnnpack_linear_setup(XnnpackLinear* linear, const LinearProblem& problem, const float* input,
                          float* output);

/// All output pixels, on the calling thread. Only after a setup that succeeded.
void xnnpack_linear_run(XnnpackLinear* linear);

/// Null is allowed.
void xnnpack_linear_destroy(XnnpackLinear* linear);

}  // namespace bulwark::kernels
