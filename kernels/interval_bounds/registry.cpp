// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/interval.h"
#define BW_FAMILY_CALL IntervalBoundsCall
#define BW_FAMILY_LIST "kernels/interval_bounds/interval_bounds_kernels.inc"
#define BW_FAMILY_REGISTRY interval_bounds_kernels
#include "kernels/common/registry.h"
