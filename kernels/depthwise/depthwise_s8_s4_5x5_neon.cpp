// SPDX-License-Identifier: Apache-2.0
// 5x5, operands so narrow (4-bit weights, for example) that all 25 products fit 16 bits.
#include "kernels/depthwise/depthwise_kernels.h"
#include "kernels/depthwise/direct_neon.h"

namespace bulwark::kernels {

BW_DEFINE_LINEAR_RUN(depthwise_s8_s4_5x5_neon, depthwise::KernelNeon<depthwise::DirectRow<5, 25>>)

}  // namespace bulwark::kernels
