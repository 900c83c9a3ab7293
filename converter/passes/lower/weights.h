// SPDX-License-Identifier: Apache-2.0
// Weights and biases of linear nodes, read out of the graph in the order the kernels want.
#pragma once

#include <optional>
#include <vector>

#include "converter/graph/graph.h"
#include "converter/passes/lower/linear_numbers.h"

namespace bulwark::converter::passes::lowering {

/// Rows of output channels; elements in the order kernel row, kernel column, input channel. nullopt when the
/// weights are not dequantized constants with one scale per tensor or per output channel, or do not fit
/// -255..255.
std::optional<IntegerWeights> integer_weights(const Graph& graph, const Node& node);

/// The same as real numbers, for float operators; nullopt when they are not constant.
struct FloatWeights {
  std::int32_t rows = 0, row_elements = 0;
  std::vector<float> values;
};
std::optional<FloatWeights> float_weights(const Graph& graph, const Node& node);

/// The bias, or zeros where there is none; nullopt when it is not constant or not per output channel.
std::optional<LinearBias> linear_bias(const Graph& graph, const Node& node, std::int32_t rows);

}  // namespace bulwark::converter::passes::lowering
