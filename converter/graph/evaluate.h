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

/// A graph made ready for many runs: what depends on constants alone (dequantized weights) is computed once.
/// The graph must outlive it, unchanged. Runs may be concurrent.
class Evaluator {
 public:
  explicit Evaluator(const Graph& graph);

  /// Inputs in the order of graph.inputs and in their shapes. Convolutions and products accumulate in double
  /// and round once to float. quantize and dequantize follow ONNX. Throws Error.
  std::vector<TensorData> run(const std::vector<TensorData>& inputs, const Observer& observer = {}) const;

 private:
  const Graph& graph_;
  std::vector<TensorData> constants_;   ///< by value; empty where not constant
  std::vector<bool> is_constant_;       ///< by value
  std::vector<std::size_t> last_uses_;  ///< by value: the last node that reads it
};

/// One run.
std::vector<TensorData> evaluate(const Graph& graph, const std::vector<TensorData>& inputs,
                                 const Observer& observer = {});

/// One node on given inputs; constant folding uses it.
std::vector<TensorData> evaluate_node(const Graph& graph, const Node& node,
                                      const std::vector<const TensorData*>& inputs);

}  // namespace bulwark::converter
