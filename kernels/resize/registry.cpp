// SPDX-License-Identifier: Apache-2.0
#define BW_FAMILY_CALL ResizeCall
#define BW_FAMILY_LIST "kernels/resize/resize_kernels.inc"
#define BW_FAMILY_REGISTRY resize_kernels
#include "kernels/common/registry.h"
