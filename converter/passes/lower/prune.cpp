// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "converter/passes/lower/lowering.h"

namespace bulwark::converter::passes::lowering {
namespace {

std::vector<bool> needed_operators(const write::ModelSpec& spec, std::vector<bool>& tensors) {
  for (const TensorIndex t : spec.outputs) tensors[static_cast<std::size_t>(t)] = true;
  for (const write::StateSpec& state : spec.states) {
    tensors[static_cast<std::size_t>(state.tensor)] = tensors[static_cast<std::size_t>(state.next)] = true;
  }
  std::vector<bool> needed(spec.operators.size(), false);
  for (std::size_t i = spec.operators.size(); i-- > 0;) {
    const write::OperatorSpec& op = spec.operators[i];
    needed[i] = tensors[static_cast<std::size_t>(op.outputs[0])];
    if (!needed[i]) continue;
    for (const TensorIndex t : op.inputs) tensors[static_cast<std::size_t>(t)] = true;
  }
  for (const TensorIndex t : spec.inputs) tensors[static_cast<std::size_t>(t)] = true;
  return needed;
}

}  // namespace

void prune(write::ModelSpec& spec) {
  std::vector<bool> kept(spec.tensors.size(), false);
  const std::vector<bool> needed = needed_operators(spec, kept);
  std::vector<write::OperatorSpec> operators;
  for (std::size_t i = 0; i < needed.size(); ++i) {
    if (needed[i]) operators.push_back(std::move(spec.operators[i]));
  }
  std::vector<TensorIndex> place(spec.tensors.size(), -1);
  std::vector<write::TensorSpec> tensors;
  for (std::size_t t = 0; t < kept.size(); ++t) {
    if (!kept[t]) continue;
    place[t] = static_cast<TensorIndex>(tensors.size());
    tensors.push_back(std::move(spec.tensors[t]));
  }
  const auto renumber = [&](std::vector<TensorIndex>& indices) {
    for (TensorIndex& t : indices) t = place[static_cast<std::size_t>(t)];
  };
  for (write::OperatorSpec& op : operators) {
    renumber(op.inputs);
    renumber(op.outputs);
  }
  for (write::StateSpec& state : spec.states) {
    state.tensor = place[static_cast<std::size_t>(state.tensor)];
    state.next = place[static_cast<std::size_t>(state.next)];
  }
  renumber(spec.inputs);
  renumber(spec.outputs);
  spec.operators = std::move(operators);
  spec.tensors = std::move(tensors);
}

}  // namespace bulwark::converter::passes::lowering
