// SPDX-License-Identifier: Apache-2.0
// Declarations of the kernels of conv_kernels.inc.
#pragma once

#include "kernels/conv/conv_packings.h"

namespace bulwark::kernels {

#define BW_LINEAR_KERNEL BW_DECLARE_LINEAR_KERNEL
#include "kernels/conv/conv_kernels.inc"
#undef BW_LINEAR_KERNEL

}  // namespace bulwark::kernels
