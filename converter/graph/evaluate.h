// SPDX-License-Identifier: Apache-2.0
// The float twin: runs a Graph on real numbers. Slow and plain on purpose; calibration, diff and tests use
// it.
#pragma once

#include <functional>
#include <vector>

#include "converter/graph/graph.h"

namespace bulwark::converter {

/// A value at run time, C order. Integers (outputs of quantize) are held as their integer values.
struct TensorData {
  Shape shape;
  std::vector<float> data;
};

/// The elements of a constant (integers beyond 2^24 are rounded).
TensorData tensor_of(const Value& constant);

/// Called after each node with every output it made.
using Observer = std::function<void(const Graph&, ValueId, const TensorData&)>;

/// Runs the graph on one set of inputs (in the order of graph.inputs; a first dimension other than the
/// graph's is refused). Convolutions and products accumulate in double and round once to float. quantize and
/// dequantize follow ONNX.
std::vector<TensorData> evaluate(const Graph& graph, const std::vector<TensorData>& inputs,
                                 const Observer& observer = {});

/// One node on given inputs; constant folding uses it.
std::vector<TensorData> evaluate_node(const Graph& graph, const Node& node,
                                      const std::vector<const TensorData*>& inputs);

}  // namespace bulwark::converter
