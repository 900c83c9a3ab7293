// SPDX-License-Identifier: Apache-2.0
#define BW_FAMILY_CALL MulWideCall
#define BW_FAMILY_LIST "kernels/wide/mul_wide_kernels.inc"
#define BW_FAMILY_REGISTRY mul_wide_kernels
#include "kernels/common/registry.h"
