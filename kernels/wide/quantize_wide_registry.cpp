// SPDX-License-Identifier: Apache-2.0
#define BW_FAMILY_CALL QuantizeWideCall
#define BW_FAMILY_LIST "kernels/wide/quantize_wide_kernels.inc"
#define BW_FAMILY_REGISTRY quantize_wide_kernels
#include "kernels/common/registry.h"
