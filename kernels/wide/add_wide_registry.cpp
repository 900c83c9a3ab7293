// SPDX-License-Identifier: Apache-2.0
#define BW_FAMILY_CALL AddWideCall
#define BW_FAMILY_LIST "kernels/wide/add_wide_kernels.inc"
#define BW_FAMILY_REGISTRY add_wide_kernels
#include "kernels/common/registry.h"
