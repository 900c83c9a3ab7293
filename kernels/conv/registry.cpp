// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv/conv_kernels.h"

namespace bulwark::kernels {
namespace {

constexpr LinearKernel kKernels[] = {
#define BW_LINEAR_KERNEL BW_LINEAR_TABLE_ROW
#include "kernels/conv/conv_kernels.inc"
#undef BW_LINEAR_KERNEL
};

}  // namespace

LinearRegistry conv_kernels() { return {kKernels, sizeof(kKernels) / sizeof(kKernels[0])}; }

}  // namespace bulwark::kernels
