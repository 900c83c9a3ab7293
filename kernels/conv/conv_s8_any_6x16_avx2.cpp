// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/gemm_avx2.h"
#include "kernels/conv/conv_kernels.h"

namespace bulwark::kernels {

BW_DEFINE_LINEAR_KERNEL(conv_s8_any_6x16_avx2, GemmAvx2)

}  // namespace bulwark::kernels
