// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/gemm_vnni.h"
#include "kernels/conv/conv_kernels.h"

namespace bulwark::kernels {

BW_DEFINE_LINEAR_KERNEL(conv_s8_any_8x32_vnni, GemmVnni)

}  // namespace bulwark::kernels
