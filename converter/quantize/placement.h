// SPDX-License-Identifier: Apache-2.0
// Where quantizers go in a float graph, before any number is known.
#pragma once

#include <vector>

#include "converter/graph/graph.h"
#include "converter/quantize/quantize.h"

namespace bulwark::converter::quantize {

/// Values that share one scale and zero point: what a layer writes and what movement, maxima and
/// concatenation make of it.
struct Group {
  std::vector<ValueId> origins;  ///< where a quantizer is written: graph inputs and results of layers
  int bits = 8;
  bool unit_interval = false;  ///< a softmax: scale 1/256
};

struct Placement {
  std::vector<LayerBits> bits;  ///< by node; {0, 0} for one that stays in float
  std::vector<Group> groups;
};

/// True for conv, gemm and matmul with constant float weights.
bool is_weighted(const Graph& graph, const Node& node);

Placement place_quantizers(const Graph& graph, const QuantizeOptions& options);

}  // namespace bulwark::converter::quantize
