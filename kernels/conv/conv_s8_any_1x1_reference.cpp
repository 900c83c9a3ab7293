// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/linear_reference.h"
#include "kernels/conv/conv_kernels.h"

namespace bulwark::kernels {

BW_DEFINE_LINEAR_KERNEL(conv_s8_any_1x1_reference, LinearReference)

}  // namespace bulwark::kernels
