// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/elementwise.h"

namespace bulwark::kernels {
namespace {
[[maybe_unused]] bool is_rank_one(const TimeFilterCall& call) { return call.rank <= 1; }
}  // namespace
}  // namespace bulwark::kernels

#define BW_FAMILY_CALL TimeFilterCall
#define BW_FAMILY_LIST "kernels/wide/time_filter_kernels.inc"
#define BW_FAMILY_REGISTRY time_filter_kernels
#include "kernels/common/registry.h"
