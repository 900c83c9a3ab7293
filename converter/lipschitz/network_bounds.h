// SPDX-License-Identifier: Apache-2.0
// Lipschitz constants from the model's input to every tensor, and how far the rounding of activations
// carries. They explain where a network amplifies; they certify nothing (the interval certificate does).
#pragma once

#include <optional>
#include <vector>

#include "schema/verifier.h"

namespace bulwark::converter::lipschitz {

/// Of one tensor, in real units, all inputs of the model taken as one vector. States hold still.
struct TensorBound {
  double l2 = 0;    ///< ||change of the tensor||_2 <= l2 * ||change of the input||_2, rounding left out
  double linf = 0;  ///< the same in the largest element
  /// No element lies farther from that of the network without rounding: half a step per rounded element,
  /// carried through the later layers by their l-infinity norms.
  double rounding = 0;
};

/// One per tensor; nothing where it depends on the input through an operator without a bound (a quotient, an
/// index, a function with an unbounded slope) or through a layer whose norms the file does not have. Layers
/// multiply their own norms (LayerRobustnessView); sums add, concatenations take sqrt(sum of squares) and the
/// maximum; clamps are 1-Lipschitz; pools and resizing by Schur's test, sqrt(row sum * column sum).
std::vector<std::optional<TensorBound>> network_bounds(const schema::VerifiedModel& model);

}  // namespace bulwark::converter::lipschitz
