// SPDX-License-Identifier: Apache-2.0
// Declarations of the kernels of fully_connected_kernels.inc.
#pragma once

#include "kernels/fully_connected/fully_connected_packings.h"

namespace bulwark::kernels {

#define BW_LINEAR_KERNEL BW_DECLARE_LINEAR_KERNEL
#include "kernels/fully_connected/fully_connected_kernels.inc"
#undef BW_LINEAR_KERNEL

}  // namespace bulwark::kernels
