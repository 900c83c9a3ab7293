// SPDX-License-Identifier: Apache-2.0
#define BW_FAMILY_CALL ReduceCall
#define BW_FAMILY_LIST "kernels/reduce/reduce_kernels.inc"
#define BW_FAMILY_REGISTRY reduce_kernels
#include "kernels/common/registry.h"
