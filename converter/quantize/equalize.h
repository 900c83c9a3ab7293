// SPDX-License-Identifier: Apache-2.0
// Cross-layer equalization (Nagel et al. 2019, section 4.1): where a layer's results go through a ReLU, or
// nothing, into one other layer, each channel between them can be made larger in one and smaller in the other
// without any change of the network. Channels get the same range on both sides. A ReLU6 becomes a ReLU and a
// bound for each channel (`minimum` with a constant), which the lowering makes the layer's clamp.
#pragma once

#include <string>
#include <vector>

#include "converter/graph/graph.h"

namespace bulwark::converter::quantize {

/// Of a float graph with its batch norms folded. Returns the pairs, "conv1 -> conv2".
std::vector<std::string> equalize(Graph& graph);

}  // namespace bulwark::converter::quantize
