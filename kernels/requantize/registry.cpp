// SPDX-License-Identifier: Apache-2.0
#define BW_FAMILY_CALL RequantizeCall
#define BW_FAMILY_LIST "kernels/requantize/requantize_kernels.inc"
#define BW_FAMILY_REGISTRY requantize_kernels
#include "kernels/common/registry.h"
