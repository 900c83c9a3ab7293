// SPDX-License-Identifier: Apache-2.0
#include "converter/passes/pointwise.h"

#include <map>
#include <numeric>

#include "converter/passes/rewrite.h"

namespace bulwark::converter::passes {
namespace {

bool is_number(const Graph& graph, ValueId id) {
  return element_count(graph[id].shape) == 1 && is_constant_or_dequantized(graph, id);
}

bool is_function(Op op) { return op == Op::unary || op == Op::relu || op == Op::clip || is_binary(op); }

/// The source that all operands share, or kNoValue.
ValueId shared_source(const Graph& graph, const Node& node, const std::vector<ValueId>& sources) {
  ValueId source = kNoValue;
  for (const ValueId id : node.inputs) {
    if (is_number(graph, id)) continue;
    const ValueId own = sources[static_cast<std::size_t>(id)];
    if (is_constant_or_dequantized(graph, id) || (source != kNoValue && own != source)) return kNoValue;
    source = own;
  }
  const ValueId y = node.outputs[0];
  const bool fits = source != kNoValue && graph[y].type == DType::f32 && graph[source].type == DType::f32 &&
                    graph[source].shape == graph[y].shape;
  return fits ? source : kNoValue;
}

/// The part of a graph between a source and a value, on one row of numbers.
class Part {
 public:
  Part(const Graph& graph, ValueId source, std::int64_t count) : graph_(graph), count_(count) {
    const ValueId input = part_.add_value({"x", DType::f32, {count}, {}});
    part_.inputs = {input};
    made_[source] = input;
  }

  Graph take(ValueId value) {
    part_.outputs = {copy(value)};
    return std::move(part_);
  }

 private:
  ValueId copy(ValueId id) {
    const auto known = made_.find(id);
    if (known != made_.end()) return known->second;
    ValueId result = kNoValue;
    if (is_number(graph_, id)) {
      result = add_floats(part_, graph_[id].name, {}, constant_data(graph_, id)->data);
    } else {
      Node node = *producer(graph_, id);
      for (ValueId& input : node.inputs) input = copy(input);
      result = part_.add_value({graph_[id].name, DType::f32, {count_}, {}});
      node.outputs = {result};
      part_.nodes.push_back(std::move(node));
    }
    return made_[id] = result;
  }

  const Graph& graph_;
  std::int64_t count_;
  Graph part_;
  std::map<ValueId, ValueId> made_;
};

}  // namespace

std::vector<ValueId> pointwise_sources(const Graph& graph) {
  std::vector<ValueId> sources(graph.values.size());
  std::iota(sources.begin(), sources.end(), ValueId{0});
  for (const Node& node : graph.nodes) {
    if (!is_function(node.op)) continue;
    const ValueId source = shared_source(graph, node, sources);
    if (source != kNoValue) sources[static_cast<std::size_t>(node.outputs[0])] = source;
  }
  return sources;
}

std::vector<float> evaluate_pointwise(const Graph& graph, ValueId source, ValueId value,
                                      std::vector<float> x) {
  const std::int64_t count = static_cast<std::int64_t>(x.size());
  const Graph part = Part(graph, source, count).take(value);
  return evaluate(part, {{{count}, std::move(x)}}).at(0).data;
}

}  // namespace bulwark::converter::passes
