// SPDX-License-Identifier: Apache-2.0
// Post-training quantization of a float graph: writes quantize/dequantize nodes and integer weights into it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "converter/graph/evaluate.h"
#include "converter/graph/graph.h"

namespace bulwark::converter::quantize {

enum class RangeMethod { min_max, percentile, mse };

/// Bits of one layer's weights and of the activations that it writes; 0 in either keeps the layer in float.
struct LayerBits {
  int weights = 8;      ///< 8, 4, 3, 2 or 0
  int activations = 8;  ///< 2..8 or 0
};

struct QuantizeOptions {
  RangeMethod method = RangeMethod::min_max;
  double percentile = 99.99;
  LayerBits bits;                           ///< of every layer not named in `layers`
  std::map<std::string, LayerBits> layers;  ///< by node name (--bits PLAN.json)
  /// The first and the last weighted layer keep 8-bit weights, and the last one 8-bit results, unless named
  /// in `layers`.
  bool first_last_8bit = true;
};

/// True when the graph has float inputs alone and no quantize node.
bool is_float_graph(const Graph& graph);

/// `samples` are calibration inputs, one entry per sample, each with a tensor per graph input. progress(done,
/// total) may be empty. Expects an optimized graph (batch norms folded). Throws Error.
void quantize_graph(Graph& graph, const std::vector<std::vector<TensorData>>& samples,
                    const QuantizeOptions& options,
                    const std::function<void(std::size_t, std::size_t)>& progress = {});

}  // namespace bulwark::converter::quantize
