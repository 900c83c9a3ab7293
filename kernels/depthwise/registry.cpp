// SPDX-License-Identifier: Apache-2.0
#include "kernels/depthwise/depthwise_kernels.h"

namespace bulwark::kernels {
namespace {

constexpr LinearKernel kKernels[] = {
#define BW_LINEAR_KERNEL BW_LINEAR_TABLE_ROW
#include "kernels/depthwise/depthwise_kernels.inc"
#undef BW_LINEAR_KERNEL
};

}  // namespace

LinearRegistry depthwise_kernels() { return {kKernels, sizeof(kKernels) / sizeof(kKernels[0])}; }

}  // namespace bulwark::kernels
