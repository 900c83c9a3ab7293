// SPDX-License-Identifier: Apache-2.0
#define BW_FAMILY_CALL PoolCall
#define BW_FAMILY_LIST "kernels/max_pool/max_pool_kernels.inc"
#define BW_FAMILY_REGISTRY max_pool_kernels
#include "kernels/common/registry.h"
