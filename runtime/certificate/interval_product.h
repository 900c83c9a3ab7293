// SPDX-License-Identifier: Apache-2.0
// The parts of a linear operator on intervals: W c and |W| r with the ordinary kernels, as sums in single
// floats, then both ends of every output.
#pragma once

#include "kernels/common/interval.h"
#include "runtime/certificate/interval_plan.h"
#include "runtime/ops/elementwise.h"
#include "runtime/ops/linear.h"

namespace bulwark::runtime {

/// W c, or |W| r. Lives in the plan.
struct IntervalProduct {
  LinearParameters linear;   ///< first, so that run_linear can run it
  bool absolute;             ///< |W|
  std::int32_t bias_factor;  ///< bias of a row = bias_factor * sum of its (absolute) weights
};

/// Selects the kernel of one product for the operator's weights in another geometry or its own; the ranges of
/// `geometry` are filled in here. False: memory is out.
bool prepare_interval_product(const IntervalPreparation& preparation, std::int32_t op, bool absolute,
                              LinearGeometry geometry, IntervalProduct* product, Step& step);

/// Packs the operator's weights or their absolute values.
void pack_interval_product(const schema::OperatorView& op, const PackWorkspace& workspace,
                           IntervalProduct& product);

/// Everything of the bounds but the addresses, for all rows of the operator's output. False: memory is out.
bool prepare_interval_bounds(const IntervalPreparation& preparation, std::int32_t op,
                             Prepared<kernels::IntervalBoundsCall>* bounds);

}  // namespace bulwark::runtime
