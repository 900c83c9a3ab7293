// SPDX-License-Identifier: Apache-2.0
// Declarations of the kernels of depthwise_kernels.inc.
#pragma once

#include "kernels/depthwise/depthwise_packings.h"

namespace bulwark::kernels {

#define BW_LINEAR_KERNEL BW_DECLARE_LINEAR_KERNEL
#include "kernels/depthwise/depthwise_kernels.inc"
#undef BW_LINEAR_KERNEL

}  // namespace bulwark::kernels
