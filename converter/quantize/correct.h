// SPDX-License-Identifier: Apache-2.0
// Rounds the weights of a graph and corrects its biases, layer after layer. The float network and the one
// that is being quantized run side by side on some calibration samples: what a layer reads has the errors of
// all layers in front of it, and its own rounding and bias make up for them.
#pragma once

#include <functional>
#include <map>

#include "converter/quantize/placement.h"
#include "converter/quantize/ranges.h"
#include "converter/quantize/weights.h"

namespace bulwark::converter::quantize {

struct Corrections {
  std::map<std::size_t, QuantizedWeights> weights;           ///< by node
  std::map<std::size_t, std::vector<float>> bias_additions;  ///< by node: to each output channel's result
};

/// `levels`: one per group of the placement. step() is called after each node. Fills layers, activations and
/// correction_samples of the report. Throws Error.
Corrections round_and_correct(const Graph& graph, const Placement& placement,
                              const std::vector<Levels>& levels, const Samples& samples,
                              const QuantizeOptions& options, const std::function<void()>& step,
                              QuantizeReport& report);

/// Every weight to its nearest level, nothing else: no sample runs.
Corrections round_weights(const Graph& graph, const Placement& placement, bool per_tensor);

}  // namespace bulwark::converter::quantize
