// SPDX-License-Identifier: Apache-2.0
#define BW_FAMILY_CALL LookupCall
#define BW_FAMILY_LIST "kernels/lookup/lookup_kernels.inc"
#define BW_FAMILY_REGISTRY lookup_kernels
#include "kernels/common/registry.h"
