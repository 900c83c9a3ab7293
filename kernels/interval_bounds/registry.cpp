// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/interval.h"
#include "kernels/interval_bounds/interval_bounds_floats.h"

namespace bulwark::kernels {
namespace {

[[maybe_unused]] bool bounds_in_floats(const IntervalBoundsCall& call) {
  return BoundsInFloats(call).exact();
}

}  // namespace
}  // namespace bulwark::kernels

#define BW_FAMILY_CALL IntervalBoundsCall
#define BW_FAMILY_LIST "kernels/interval_bounds/interval_bounds_kernels.inc"
#define BW_FAMILY_REGISTRY interval_bounds_kernels
#include "kernels/common/registry.h"
