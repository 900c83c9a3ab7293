// SPDX-License-Identifier: Apache-2.0
#define BW_FAMILY_CALL AddCall
#define BW_FAMILY_LIST "kernels/add/add_kernels.inc"
#define BW_FAMILY_REGISTRY add_kernels
#include "kernels/common/registry.h"
