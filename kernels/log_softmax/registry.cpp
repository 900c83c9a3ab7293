// SPDX-License-Identifier: Apache-2.0
#define BW_FAMILY_CALL LogSoftmaxCall
#define BW_FAMILY_LIST "kernels/log_softmax/log_softmax_kernels.inc"
#define BW_FAMILY_REGISTRY log_softmax_kernels
#include "kernels/common/registry.h"
