// SPDX-License-Identifier: Apache-2.0
#define BW_FAMILY_CALL SoftmaxCall
#define BW_FAMILY_LIST "kernels/softmax/softmax_kernels.inc"
#define BW_FAMILY_REGISTRY softmax_kernels
#include "kernels/common/registry.h"
