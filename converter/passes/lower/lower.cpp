// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "bulwark/bulwark.h"
#include "converter/error.h"
#include "converter/passes/lower/lowering.h"
#include "converter/passes/pointwise.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::passes {
namespace lowering {

Grid source_grid(const Graph& graph, ValueId id) {
  if (graph[id].scale > 0) return {graph[id].scale, graph[id].zero_point};
  for (const std::int32_t index : graph.consumers_of(id)) {
    const Node& node = graph.nodes[static_cast<std::size_t>(index)];
    if (node.op == Op::dequantize && node.inputs[0] == id && per_tensor(graph, node)) {
      Grid grid;
      grid.scale = graph[node.inputs[1]].constant->floats.at(0);
      const ValueId zero = node.inputs.size() > 2 ? node.inputs[2] : kNoValue;
      grid.zero_point = zero == kNoValue ? 0 : static_cast<std::int32_t>(graph[zero].constant->ints.at(0));
      return grid;
    }
    const bool keeps = selects_only(node.op) || node.op == Op::clip || node.op == Op::max_pool;
    if (keeps) return source_grid(graph, node.outputs[0]);
  }
  return {};
}

Lowering::Lowering(const Graph& graph, LowerReport* report)
    : graph_(graph),
      report_(report),
      producers_(graph.values.size(), nullptr),
      sources_(pointwise_sources(graph)),
      consumers_(graph.values.size()) {
  for (const Node& node : graph.nodes) {
    for (const ValueId id : node.outputs) producers_[static_cast<std::size_t>(id)] = &node;
    for (const ValueId id : node.inputs) {
      if (id != kNoValue) consumers_[static_cast<std::size_t>(id)].push_back(&node);
    }
  }
}

const Node* Lowering::producer(ValueId id) const { return producers_[static_cast<std::size_t>(id)]; }

bool Lowering::single_use(ValueId id) const {
  return consumers_[static_cast<std::size_t>(id)].size() == 1 && !graph_.is_output(id);
}

/// A u8 output keeps its name for the boundary; the s8 tensor behind it gets another.
std::string Lowering::tensor_name(ValueId id) const {
  const Value& value = graph_[id];
  return graph_.is_output(id) && value.type == DType::u8 ? value.name + "_s8" : value.name;
}

void Lowering::problem(const Node& node, const std::string& what) {
  if (!problem_nodes_.insert(node.name + what).second) return;
  const std::string type = node.source_type.empty() ? name(node.op) : node.source_type;
  problems_.push_back("node '" + node.name + "' (" + type + "): " + what);
}

void Lowering::note_float(const Node& node, const std::string& why) {
  if (report_) report_->float_operators.push_back("'" + node.name + "' (" + name(node.op) + "): " + why);
}

void Lowering::make_inputs() {
  for (std::size_t i = 0; i < graph_.own_inputs(); ++i) {
    const ValueId id = graph_.inputs[i];
    const Value& value = graph_[id];
    TensorIndex tensor = -1;
    if (value.type == DType::f32) {
      tensor = add_tensor(value.name, write::ElementType::f32, value.shape);
    } else if (value.type == DType::s64 || value.type == DType::s32 || value.type == DType::boolean) {
      problems_.push_back("input '" + value.name + "': type " + name(value.type) + " is not supported");
      continue;
    } else {
      Grid grid = source_grid(graph_, id);
      const bool is_unsigned = value.type == DType::u8;
      grid.lo = is_unsigned ? 0 : -128;
      grid.hi = is_unsigned ? 255 : 127;
      tensor = add_tensor(value.name, is_unsigned ? write::ElementType::u8 : write::ElementType::s8,
                          value.shape, grid);
    }
    inputs_[id] = tensor;
    fixed_.insert(tensor);
    spec_.inputs.push_back(tensor);
  }
}

void Lowering::make_output(ValueId id) {
  const Value& value = graph_[id];
  TensorIndex tensor = -1;
  if (value.constant) {
    problems_.push_back("output '" + value.name + "' is a constant");
    return;
  }
  if (value.type == DType::f32) {
    tensor = real(id);
  } else if (value.type == DType::s64 || value.type == DType::s32 || value.type == DType::boolean) {
    const std::optional<TensorIndex> indices = index(id);
    if (!indices) {
      problems_.push_back("output '" + value.name + "': type " + std::string(name(value.type)) +
                          " is supported for indices of extremes alone");
      return;
    }
    tensor = *indices;
  } else {
    const IntegerTensor integers = integer(id);
    tensor = integers.tensor;
    if (value.type == DType::u8 && at(tensor).type == write::ElementType::s8) {
      Grid grid = grid_of(tensor);
      grid.zero_point += integers.shift;
      grid.lo += integers.shift;
      grid.hi += integers.shift;
      const TensorIndex result = add_tensor(value.name, write::ElementType::u8, value.shape, grid);
      emit(write::OperatorKind::requantize, value.name + "_u8", {tensor}, result);
      tensor = result;
    }
  }
  if (fixed_.count(tensor) || !at(tensor).constant.empty())
    tensor = reshape(tensor, value.shape, value.name + "_copy");
  if (at(tensor).name != value.name && names_.insert(value.name).second) at(tensor).name = value.name;
  fixed_.insert(tensor);
  spec_.outputs.push_back(tensor);
}

void Lowering::make_outputs() {
  for (std::size_t i = 0; i < graph_.own_outputs(); ++i) make_output(graph_.outputs[i]);
}

write::ModelSpec Lowering::run() {
  spec_.producer = std::string("bulwark ") + bw_version();
  if (!graph_.producer.empty()) spec_.metadata.emplace_back("source_producer", graph_.producer);
  make_inputs();
  make_states();
  if (problems_.empty()) {
    for (const Node& node : graph_.nodes) {
      const ValueId y = node.outputs[0];
      const bool to_integers =
          node.op == Op::quantize || (node.op == Op::clip && graph_[y].type != DType::f32);
      const bool clipped_next = single_use(y) && consumers_[static_cast<std::size_t>(y)][0]->op == Op::clip;
      if (to_integers && !clipped_next) integer(y);
    }
    make_outputs();
    make_next_states();
  }
  if (!problems_.empty()) {
    std::string message = "the model can not be converted:";
    for (const std::string& problem : problems_) message += "\n  " + problem;
    throw bad_input(message);
  }
  prune(spec_);
  return std::move(spec_);
}

}  // namespace lowering

write::ModelSpec lower(const Graph& graph, LowerReport* report) {
  return lowering::Lowering(graph, report).run();
}

}  // namespace bulwark::converter::passes
