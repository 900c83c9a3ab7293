// SPDX-License-Identifier: Apache-2.0
#define BW_FAMILY_CALL ExtremeCall
#define BW_FAMILY_LIST "kernels/extreme/extreme_kernels.inc"
#define BW_FAMILY_REGISTRY extreme_kernels
#include "kernels/common/registry.h"
