// SPDX-License-Identifier: Apache-2.0
// The plain implementation of the linear contract: every format, geometry and output. It is what the other
// kernels are compared with, and what runs where no other kernel fits. A work item is one output pixel.
#pragma once

#include "kernels/common/linear_registry.h"

namespace bulwark::kernels {

BW_DECLARE_LINEAR_KERNEL(LinearReference, reference, unknown)

}  // namespace bulwark::kernels
