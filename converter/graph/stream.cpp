// SPDX-License-Identifier: Apache-2.0
#include "converter/graph/stream.h"

#include <iterator>

namespace bulwark::converter {

Stream::Stream(const Graph& graph) : graph_(graph), evaluator_(graph) { reset(); }

void Stream::reset() {
  states_.clear();
  for (std::size_t k = 0; k < graph_.states.size(); ++k) {
    Value value = graph_[graph_.inputs[graph_.own_inputs() + k]];
    value.constant = graph_.states[k].initial;
    if (value.constant) {
      states_.push_back(tensor_of(value));
      continue;
    }
    const float first = value.type == DType::f32 ? 0.0f : static_cast<float>(value.zero_point);
    states_.push_back(
        {value.shape, std::vector<float>(static_cast<std::size_t>(element_count(value.shape)), first)});
  }
}

std::vector<TensorData> Stream::run(std::vector<TensorData> inputs, const Observer& observer) {
  inputs.insert(inputs.end(), states_.begin(), states_.end());
  std::vector<TensorData> outputs = evaluator_.run(inputs, observer);
  const auto next = outputs.begin() + static_cast<std::ptrdiff_t>(graph_.own_outputs());
  states_.assign(std::make_move_iterator(next), std::make_move_iterator(outputs.end()));
  outputs.erase(next, outputs.end());
  return outputs;
}

}  // namespace bulwark::converter
