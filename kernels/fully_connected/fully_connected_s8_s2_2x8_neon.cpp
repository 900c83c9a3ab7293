// SPDX-License-Identifier: Apache-2.0
// Weights that span at most 4 values, four in a byte: 2 bits and ternary.
#include "kernels/fully_connected/dot_codes_neon.h"
#include "kernels/fully_connected/fully_connected_kernels.h"

namespace bulwark::kernels {

BW_DEFINE_LINEAR_RUN(fully_connected_s8_s2_2x8_neon,
                     fully_connected::KernelNeon<fully_connected::DotCodesNeon<2>>)

}  // namespace bulwark::kernels
