// SPDX-License-Identifier: Apache-2.0
// Chains of layers that run together, a strip of rows at a time, so that the tensors between them are never
// whole in memory:
//
//   [convolution ->] depthwise convolution [-> 1x1 convolution [-> add]]
//
// Every layer of a chain runs with its own kernel and its own packed weights, on the rows of a strip; rows of
// the first layer that two strips need are kept. Requantization stands between the layers as always: the
// bytes are those of the layers run one after another.
#pragma once

#include "runtime/plan.h"

namespace bulwark::runtime {

/// Fuses where a tensor between the layers is large. The last step of a chain runs all of it; the others get
/// runs_in and no run. plan.keep_intermediates must be off.
bw_status fuse_steps(bw_plan& plan);

}  // namespace bulwark::runtime
