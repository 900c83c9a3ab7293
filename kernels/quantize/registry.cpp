// SPDX-License-Identifier: Apache-2.0
#define BW_FAMILY_CALL QuantizeCall
#define BW_FAMILY_LIST "kernels/quantize/quantize_kernels.inc"
#define BW_FAMILY_REGISTRY quantize_kernels
#include "kernels/common/registry.h"
