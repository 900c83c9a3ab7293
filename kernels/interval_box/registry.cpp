// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/interval.h"
#define BW_FAMILY_CALL IntervalBoxCall
#define BW_FAMILY_LIST "kernels/interval_box/interval_box_kernels.inc"
#define BW_FAMILY_REGISTRY interval_box_kernels
#include "kernels/common/registry.h"
