// SPDX-License-Identifier: Apache-2.0
// 8-bit weights.
#include "kernels/fully_connected/dot_neon.h"
#include "kernels/fully_connected/fully_connected_kernels.h"

namespace bulwark::kernels {

BW_DEFINE_LINEAR_RUN(fully_connected_s8_s8_2x8_neon, fully_connected::KernelNeon<fully_connected::DotNeon<8>>)

}  // namespace bulwark::kernels
