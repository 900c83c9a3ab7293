// SPDX-License-Identifier: Apache-2.0
// 3x3, operands so narrow (4-bit weights, for example) that all 9 products fit 16 bits.
#include "kernels/depthwise/depthwise_kernels.h"
#include "kernels/depthwise/direct_neon.h"

namespace bulwark::kernels {

BW_DEFINE_LINEAR_RUN(depthwise_s8_s4_3x3_neon, depthwise::KernelNeon<depthwise::DirectRow<3, 9>>)

}  // namespace bulwark::kernels
