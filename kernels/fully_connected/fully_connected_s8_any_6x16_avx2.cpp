// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/gemm_avx2.h"
#include "kernels/fully_connected/fully_connected_kernels.h"

namespace bulwark::kernels {

BW_DEFINE_LINEAR_KERNEL(fully_connected_s8_any_6x16_avx2, GemmAvx2)

}  // namespace bulwark::kernels
