// SPDX-License-Identifier: Apache-2.0
#include "converter/import/onnx/graph_builder.h"

#include <fmt/format.h>

namespace bulwark::converter::import_onnx {

GraphBuilder::GraphBuilder(const onnx::ModelProto& model, std::string model_folder,
                           const ImportOptions& import_options)
    : folder(std::move(model_folder)), options(import_options) {
  declare(model.graph());
}

void GraphBuilder::declare_once(const std::string& name, const std::string& where) {
  if (!value_names_.insert(name).second) report(where, fmt::format("the name '{}' is given twice", name));
}

/// Collects every name a graph gives, and refuses one that is given twice.
void GraphBuilder::declare(const onnx::GraphProto& source) {
  for (const auto& tensor : source.initializer()) {
    if (tensor.name().empty()) report("initializer", "has no name");
    declare_once(tensor.name(), fmt::format("initializer '{}'", tensor.name()));
    initializers_[tensor.name()] = &tensor;
  }
  std::set<std::string> inputs;
  for (const auto& input : source.input()) {
    const std::string where = fmt::format("input '{}'", input.name());
    if (input.name().empty()) report("input", "has no name");
    if (!inputs.insert(input.name()).second)
      report(where, fmt::format("the name '{}' is given twice", input.name()));
    // Before IR version 4 every initializer is an input too.
    if (!is_initializer(input.name())) value_names_.insert(input.name());
  }
  for (int i = 0; i < source.node_size(); ++i) {
    const onnx::NodeProto& node = source.node(i);
    for (const std::string& name : node.output()) {
      if (!name.empty()) declare_once(name, fmt::format("node {} '{}' ({})", i, node.name(), node.op_type()));
    }
    used_.insert(node.input().begin(), node.input().end());
  }
  for (const auto& output : source.output()) used_.insert(output.name());
}

ValueId GraphBuilder::resolve(const std::string& name) {
  const auto known = symbols_.find(name);
  if (known != symbols_.end()) {
    if (known->second.id != kNoValue) return known->second.id;
    if (known->second.refusal.empty()) throw AlreadyReported{};
    const Refusal refusal(known->second.refusal);
    known->second.refusal.clear();
    throw refusal;
  }
  Symbol& symbol = symbols_[name];  // refused in silence from now on, unless all goes well
  const auto initializer = initializers_.find(name);
  if (initializer == initializers_.end()) {
    throw Refusal(value_names_.contains(name)
                      ? fmt::format("uses '{}' before it is made (nodes out of order, or a cycle)", name)
                      : fmt::format("uses '{}', which no input, initializer or node gives", name));
  }
  try {
    symbol.id = graph.add_value(read_tensor(*initializer->second, folder, budget));
  } catch (const Refusal& refusal) {
    throw Refusal(fmt::format("initializer '{}' {}", name, refusal.what()));
  }
  return symbol.id;
}

std::string GraphBuilder::unique(const std::string& wanted, std::set<std::string>& taken) {
  std::string name = wanted;
  if (taken.insert(name).second) return name;
  int& suffix = last_suffix_.try_emplace(wanted, 1).first->second;  // remembered: many nodes may share a name
  do {
    name = fmt::format("{}_{}", wanted, ++suffix);
  } while (!taken.insert(name).second);
  return name;
}

}  // namespace bulwark::converter::import_onnx
