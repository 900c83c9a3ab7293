// SPDX-License-Identifier: Apache-2.0
// The float twin of a model with states, run after run.
#pragma once

#include <vector>

#include "converter/graph/evaluate.h"

namespace bulwark::converter {

/// Runs a graph on one sample after another and keeps its states between them. The graph must outlive it,
/// unchanged. Graphs without states run as with an Evaluator.
class Stream {
 public:
  explicit Stream(const Graph& graph);

  /// The model's own inputs in order; gives the model's own outputs. Throws Error.
  std::vector<TensorData> run(std::vector<TensorData> inputs, const Observer& observer = {});
  /// The states that the next run reads.
  const std::vector<TensorData>& states() const { return states_; }
  /// Back to the values before the first run.
  void reset();

 private:
  const Graph& graph_;
  const Evaluator evaluator_;
  std::vector<TensorData> states_;
};

}  // namespace bulwark::converter
