// SPDX-License-Identifier: Apache-2.0
#define BW_FAMILY_CALL MulCall
#define BW_FAMILY_LIST "kernels/mul/mul_kernels.inc"
#define BW_FAMILY_REGISTRY mul_kernels
#include "kernels/common/registry.h"
