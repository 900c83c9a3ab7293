// SPDX-License-Identifier: Apache-2.0
// Builds without XNNPACK: creation always says no, so nothing else is ever called with an operator.
#include "kernels/xnnpack/xnnpack_linear.h"

namespace bulwark::kernels {

bool xnnpack_built() { return false; }

XnnpackLinear* xnnpack_linear_create(const LinearProblem&, const float*, const float*, float, float) {
  return nullptr;
}

bool xnnpack_linear_setup(XnnpackLinear*, const LinearProblem&, const float*, float*) { return false; }

void xnnpack_linear_run(XnnpackLinear*) {}

void xnnpack_linear_destroy(XnnpackLinear*) {}

}  // namespace bulwark::kernels
