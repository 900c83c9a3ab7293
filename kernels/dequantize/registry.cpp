// SPDX-License-Identifier: Apache-2.0
#define BW_FAMILY_CALL DequantizeCall
#define BW_FAMILY_LIST "kernels/dequantize/dequantize_kernels.inc"
#define BW_FAMILY_REGISTRY dequantize_kernels
#include "kernels/common/registry.h"
