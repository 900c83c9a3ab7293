// SPDX-License-Identifier: Apache-2.0
#define BW_FAMILY_CALL PreluCall
#define BW_FAMILY_LIST "kernels/prelu/prelu_kernels.inc"
#define BW_FAMILY_REGISTRY prelu_kernels
#include "kernels/common/registry.h"
