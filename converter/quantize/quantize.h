// SPDX-License-Identifier: Apache-2.0
// Post-training quantization of a float graph: writes quantize/dequantize nodes and integer weights into it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "converter/graph/evaluate.h"
#include "converter/graph/graph.h"
#include "converter/quantize/report.h"
#include "converter/quantize/samples.h"

namespace bulwark::converter::quantize {

/// What calibration saw of activations; made by quantize_graph.
struct MeasuredRanges;

/// How the range of an activation is chosen: all values; a share of them; least squared error; or least
/// Kullback-Leibler divergence (Migacz 2017). automatic: all values for 8 bits, least squared error below.
enum class RangeMethod { automatic, min_max, percentile, mse, kl };

/// optimized: weights of 4 bits and fewer are rounded by second order (rounding.h), others to nearest.
enum class Rounding { optimized, nearest };

/// Bits of one layer's weights and of the activations that it writes; 0 in either keeps the layer in float.
struct LayerBits {
  int weights = 8;      ///< 8, 4, 3, 2 or 0
  int activations = 8;  ///< 2..8 or 0
};

struct QuantizeOptions {
  RangeMethod method = RangeMethod::automatic;
  double percentile = 99.99;
  LayerBits bits;                           ///< of every layer not named in `layers`
  std::map<std::string, LayerBits> layers;  ///< by node name (--bits PLAN.json)
  /// The first and the last weighted layer keep 8-bit weights, and the last one 8-bit results, unless named
  /// in `layers`.
  bool first_last_8bit = true;
  /// By name of a graph input: the range of its quantizer, in place of what the samples show.
  std::map<std::string, std::pair<double, double>> input_ranges;
  /// Activations with both signs get the zero point in the middle; those without negative values keep it at
  /// their lowest level.
  bool symmetric = false;
  bool per_tensor_weights = false;  ///< one scale for all output channels
  Rounding rounding = Rounding::optimized;
  bool correct_biases = true;  ///< the mean error of each output channel goes into its bias
  bool equalize = false;       ///< cross-layer equalization first (equalize.h)
  /// From an earlier call with the same graph, samples and equalization: samples are then not read again for
  /// the ranges. Null inside: this call measures and keeps them here. Null itself: nothing is kept.
  std::shared_ptr<std::shared_ptr<const MeasuredRanges>> measured;
};

/// True when the graph has float inputs alone and no quantize node.
bool is_float_graph(const Graph& graph);

/// progress(done, total) may be empty. Expects an optimized graph (batch norms folded). The samples are read
/// once or twice for the ranges, and some of them (as memory allows) once more for rounding and biases.
/// Throws Error.
void quantize_graph(Graph& graph, const Samples& samples, const QuantizeOptions& options,
                    const std::function<void(std::size_t, std::size_t)>& progress = {},
                    QuantizeReport* report = nullptr);

}  // namespace bulwark::converter::quantize
