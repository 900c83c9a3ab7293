// SPDX-License-Identifier: Apache-2.0
#define BW_FAMILY_CALL LookupWideCall
#define BW_FAMILY_LIST "kernels/wide/lookup_wide_kernels.inc"
#define BW_FAMILY_REGISTRY lookup_wide_kernels
#include "kernels/common/registry.h"
