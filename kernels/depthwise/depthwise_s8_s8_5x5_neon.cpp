// SPDX-License-Identifier: Apache-2.0
// 5x5, 8-bit operands of which two products fit 16 bits: all but a weight of -128 meeting an input of -128.
#include "kernels/depthwise/depthwise_kernels.h"
#include "kernels/depthwise/direct_neon.h"

namespace bulwark::kernels {

BW_DEFINE_LINEAR_RUN(depthwise_s8_s8_5x5_neon, depthwise::KernelNeon<depthwise::DirectRow<5, 2>>)

}  // namespace bulwark::kernels
