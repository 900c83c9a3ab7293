// SPDX-License-Identifier: Apache-2.0
#define BW_FAMILY_CALL ClipCall
#define BW_FAMILY_LIST "kernels/clip/clip_kernels.inc"
#define BW_FAMILY_REGISTRY clip_kernels
#include "kernels/common/registry.h"
