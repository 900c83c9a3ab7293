// SPDX-License-Identifier: Apache-2.0
#include "converter/graph/evaluate.h"

#include <algorithm>

#include "converter/error.h"
#include "converter/graph/evaluate_ops.h"

namespace bulwark::converter {
namespace {

TensorData run(const twin::Call& call) {
  switch (call.node.op) {
    case Op::conv:
      return twin::conv(call);
    case Op::gemm:
      return twin::gemm(call);
    case Op::matmul:
      return twin::matmul(call);
    case Op::conv_transpose:
      return twin::conv_transpose(call);
    case Op::batch_norm:
      return twin::batch_norm(call);
    case Op::max_pool:
    case Op::average_pool:
    case Op::global_average_pool:
    case Op::global_max_pool:
      return twin::pool(call);
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::div:
    case Op::maximum:
    case Op::minimum:
    case Op::prelu:
      return twin::binary(call);
    case Op::unary:
      return twin::unary(call);
    case Op::reduce_sum:
    case Op::reduce_mean:
    case Op::reduce_max:
    case Op::reduce_min:
      return twin::reduce(call);
    case Op::relu:
    case Op::clip:
      return twin::clip(call);
    case Op::reshape:
    case Op::identity:
      return twin::copy(call);
    case Op::transpose:
      return twin::transpose(call);
    case Op::concat:
      return twin::concat(call);
    case Op::pad:
      return twin::pad(call);
    case Op::slice:
      return twin::slice(call);
    case Op::gather:
      return twin::gather(call);
    case Op::resize:
      return twin::resize(call);
    case Op::space_to_batch:
    case Op::batch_to_space:
      return twin::batch_blocks(call);
    case Op::arg_max:
    case Op::arg_min:
      return twin::arg_extreme(call);
    case Op::softmax:
    case Op::log_softmax:
      return twin::softmax(call);
    case Op::quantize:
      return twin::quantize(call);
    case Op::dequantize:
      return twin::dequantize(call);
    case Op::cast:
      return twin::cast(call);
  }
  twin::fail(call.node, "unknown operator");
}

std::string text(const Shape& shape) {
  std::string out = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) out += (i ? "," : "") + std::to_string(shape[i]);
  return out + "]";
}

void check_input(const Value& value, const TensorData& tensor) {
  if (tensor.shape != value.shape ||
      static_cast<std::int64_t>(tensor.data.size()) != element_count(value.shape)) {
    throw bad_input("input '" + value.name + "' has shape " + text(value.shape) + ", given " +
                    text(tensor.shape) + " with " + std::to_string(tensor.data.size()) + " elements");
  }
}

/// Index of the last node that reads each value; outputs of the graph are never released.
std::vector<std::size_t> last_uses(const Graph& graph) {
  std::vector<std::size_t> last(graph.values.size(), 0);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const ValueId id : graph.nodes[i].inputs) {
      if (id != kNoValue) last[static_cast<std::size_t>(id)] = i;
    }
  }
  for (const ValueId id : graph.outputs) last[static_cast<std::size_t>(id)] = graph.nodes.size();
  return last;
}

}  // namespace

TensorData tensor_of(const Value& value) {
  TensorData tensor{value.shape, {}};
  const Constant& constant = *value.constant;
  if (value.type == DType::f32) {
    tensor.data = constant.floats;
  } else {
    tensor.data.resize(constant.ints.size());
    std::transform(constant.ints.begin(), constant.ints.end(), tensor.data.begin(),
                   [](std::int64_t v) { return static_cast<float>(v); });
  }
  return tensor;
}

std::vector<TensorData> evaluate_node(const Graph& graph, const Node& node,
                                      const std::vector<const TensorData*>& inputs) {
  const Value& out = graph[node.outputs.at(0)];
  std::vector<TensorData> results;
  results.push_back(run({node, inputs, out.shape, out.type, graph[node.inputs.at(0)].type}));
  return results;
}

Evaluator::Evaluator(const Graph& graph)
    : graph_(graph),
      constants_(graph.values.size()),
      is_constant_(graph.values.size(), false),
      last_uses_(last_uses(graph)) {
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    if (!graph.values[i].constant) continue;
    constants_[i] = tensor_of(graph.values[i]);
    is_constant_[i] = true;
  }
  for (const Node& node : graph.nodes) {
    twin::Inputs arguments;
    bool known = true;
    for (const ValueId id : node.inputs) {
      known = known && (id == kNoValue || is_constant_[static_cast<std::size_t>(id)]);
      arguments.push_back(id == kNoValue ? nullptr : &constants_[static_cast<std::size_t>(id)]);
    }
    if (!known) continue;
    const std::size_t output = static_cast<std::size_t>(node.outputs.at(0));
    constants_[output] = std::move(evaluate_node(graph, node, arguments).at(0));
    is_constant_[output] = true;
  }
}

std::vector<TensorData> Evaluator::run(const std::vector<TensorData>& inputs,
                                       const Observer& observer) const {
  if (inputs.size() != graph_.inputs.size()) {
    throw bad_input("the graph has " + std::to_string(graph_.inputs.size()) + " inputs, given " +
                    std::to_string(inputs.size()));
  }
  std::vector<TensorData> made(graph_.values.size());
  std::vector<const TensorData*> values(graph_.values.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = is_constant_[i] ? &constants_[i] : &made[i];
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    check_input(graph_[graph_.inputs[i]], inputs[i]);
    values[static_cast<std::size_t>(graph_.inputs[i])] = &inputs[i];
  }
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    const Node& node = graph_.nodes[i];
    const ValueId output = node.outputs.at(0);
    if (!is_constant_[static_cast<std::size_t>(output)]) {
      twin::Inputs arguments;
      for (const ValueId id : node.inputs) {
        arguments.push_back(id == kNoValue ? nullptr : values[static_cast<std::size_t>(id)]);
      }
      made[static_cast<std::size_t>(output)] = std::move(evaluate_node(graph_, node, arguments).at(0));
    }
    if (observer) observer(graph_, output, *values[static_cast<std::size_t>(output)]);
    for (const ValueId id : node.inputs) {
      if (id != kNoValue && last_uses_[static_cast<std::size_t>(id)] == i)
        made[static_cast<std::size_t>(id)] = {};
    }
  }
  std::vector<TensorData> outputs;
  for (const ValueId id : graph_.outputs) outputs.push_back(*values[static_cast<std::size_t>(id)]);
  return outputs;
}

std::vector<TensorData> evaluate(const Graph& graph, const std::vector<TensorData>& inputs,
                                 const Observer& observer) {
  return Evaluator(graph).run(inputs, observer);
}

}  // namespace bulwark::converter
