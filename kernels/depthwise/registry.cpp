// SPDX-License-Identifier: Apache-2.0
#include <iterator>

#include "kernels/depthwise/depthwise_kernels.h"

namespace bulwark::kernels {
namespace {

constexpr LinearKernel kKernels[] = {
#define BW_LINEAR_KERNEL BW_LINEAR_TABLE_ROW
#include "kernels/depthwise/depthwise_kernels.inc"
#undef BW_LINEAR_KERNEL
};

constexpr LinearPacking kPackings[] = {
#define BW_LINEAR_KERNEL BW_LINEAR_PACKING_ROW
#include "kernels/depthwise/depthwise_kernels.inc"
#undef BW_LINEAR_KERNEL
};

}  // namespace

LinearRegistry depthwise_kernels() { return {kKernels, std::size(kKernels), kPackings, std::size(kPackings)}; }

}  // namespace bulwark::kernels
