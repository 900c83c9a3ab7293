// SPDX-License-Identifier: Apache-2.0
// space_to_batch -> conv -> batch_to_space is how some exporters write a dilated convolution; it becomes one.
// Elsewhere blocks are moved by reshapes and transposes.
#include <algorithm>

#include "converter/passes/passes.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::passes {
namespace {

/// The only reader of a value, or null.
Node* only_reader(Graph& graph, ValueId id) {
  if (!single_use(graph, id)) return nullptr;
  return &graph.nodes[static_cast<std::size_t>(graph.consumers_of(id)[0])];
}

bool works_alone(Op op) {
  switch (op) {
    case Op::relu:
    case Op::clip:
    case Op::unary:
    case Op::identity:
    case Op::cast:
      return true;
    default:
      return false;
  }
}

bool elementwise(const Graph& graph, const Node& node) {
  const bool quantizes = node.op == Op::quantize || node.op == Op::dequantize;
  return works_alone(node.op) || (quantizes && per_tensor(graph, node));
}

/// From `id` on through elementwise nodes to one of this kind; the values on the way are added to `path`.
Node* follow(Graph& graph, ValueId id, Op op, std::vector<ValueId>& path) {
  path.push_back(id);
  for (Node* node = only_reader(graph, id); node; node = only_reader(graph, id)) {
    if (node->op == op) return node->inputs[0] == id ? node : nullptr;
    if (!elementwise(graph, *node)) return nullptr;
    id = node->outputs[0];
    path.push_back(id);
  }
  return nullptr;
}

bool is_plain(const Graph& graph, const Node& conv) {
  const auto ones = [](const std::vector<std::int64_t>& v) {
    return std::all_of(v.begin(), v.end(), [](std::int64_t i) { return i == 1; });
  };
  return conv.channels_last && graph[conv.inputs[0]].shape.size() == 4 && ones(conv.strides) &&
         ones(conv.dilations);
}

/// Pads of the dilated convolution along both axes; false when they would be negative.
bool dilated_pads(const Graph& graph, const Node& to_batch, const Node& conv, const Node& to_space,
                  std::vector<std::int64_t>& pads) {
  pads.assign(4, 0);
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t in = graph[to_batch.inputs[0]].shape[1 + i],
                       out = graph[to_space.outputs[0]].shape[1 + i];
    const std::int64_t block = to_batch.kernel[i];
    pads[i] = to_batch.pads[i] + conv.pads[i] * block - to_space.pads[i];
    pads[2 + i] = out - in - pads[i] + block * (conv.kernel[i] - 1);
    if (pads[i] < 0 || pads[2 + i] < 0) return false;
  }
  return true;
}

bool pads_with_zero(const Graph& graph, const Node& to_batch, const std::vector<ValueId>& path) {
  const bool padded =
      std::any_of(to_batch.pads.begin(), to_batch.pads.end(), [](std::int64_t p) { return p != 0; });
  if (!padded || graph[to_batch.inputs[0]].type == DType::f32) return !padded || to_batch.pad_value == 0.0f;
  // Integers: the value that the dequantize node on the way takes for zero.
  for (const ValueId id : path) {
    const Node* node = producer(graph, id);
    if (!node || node->op != Op::dequantize) continue;
    const ValueId zero = node->inputs.size() > 2 ? node->inputs[2] : kNoValue;
    const std::int64_t level = zero == kNoValue ? 0 : graph[zero].constant->ints.at(0);
    return to_batch.pad_value == static_cast<float>(level);
  }
  return false;
}

bool fuse(Graph& graph, std::size_t index) {
  Node& to_batch = graph.nodes[index];
  std::vector<ValueId> before, after;
  Node* conv = follow(graph, to_batch.outputs[0], Op::conv, before);
  if (!conv || !is_plain(graph, *conv) || !pads_with_zero(graph, to_batch, before)) return false;
  Node* to_space = follow(graph, conv->outputs[0], Op::batch_to_space, after);
  std::vector<std::int64_t> pads;
  if (!to_space || to_space->kernel != to_batch.kernel ||
      !dilated_pads(graph, to_batch, *conv, *to_space, pads)) {
    return false;
  }
  conv->dilations = to_batch.kernel;
  conv->pads = std::move(pads);
  const Shape in = graph[to_batch.inputs[0]].shape, out = graph[to_space->outputs[0]].shape;
  Shape out_wide = out;
  out_wide[3] = graph[conv->outputs[0]].shape[3];
  for (const ValueId id : before) graph[id].shape = in;
  for (const ValueId id : after) graph[id].shape = out_wide;
  to_batch.op = to_space->op = Op::identity;
  return true;
}

/// Nodes one after another from a value; the last one writes the value it is told to.
class Chain {
 public:
  Chain(Graph& graph, const Node& node) : graph_(graph), source_(node), at_(node.inputs[0]) {}

  void reshape(Shape shape) { step(Op::reshape, std::move(shape), "_reshape"); }
  void transpose(std::vector<std::int64_t> perm) {
    step(Op::transpose, permuted(graph_[at_].shape, perm), "_transpose").perm = std::move(perm);
  }
  void pad(const std::vector<std::int64_t>& pads) {
    Shape shape = graph_[at_].shape;
    for (std::size_t i = 0; i < 4; ++i) shape[i] += pads[i] + pads[4 + i];
    Node& node = step(Op::pad, std::move(shape), "_pad");
    node.pads = pads;
    node.pad_value = source_.pad_value;
  }
  void slice(std::vector<std::int64_t> starts, Shape shape) {
    Node& node = step(Op::slice, std::move(shape), "_crop");
    node.starts = std::move(starts);
    node.steps.assign(4, 1);
  }
  std::vector<Node> finish() {
    nodes_.back().outputs = source_.outputs;
    return std::move(nodes_);
  }

 private:
  Node& step(Op op, Shape shape, const char* suffix) {
    Node node;
    node.op = op;
    node.name = source_.name + suffix + std::to_string(nodes_.size());
    node.source_type = source_.source_type;
    node.inputs = {at_};
    at_ = graph_.add_value({node.name, graph_[at_].type, std::move(shape), {}});
    node.outputs = {at_};
    nodes_.push_back(std::move(node));
    return nodes_.back();
  }

  Graph& graph_;
  const Node source_;
  std::vector<Node> nodes_;
  ValueId at_;
};

std::vector<Node> expanded(Graph& graph, const Node& node) {
  const Shape x = graph[node.inputs[0]].shape, y = graph[node.outputs[0]].shape;
  const std::int64_t h = node.kernel[0], w = node.kernel[1];
  Chain chain(graph, node);
  if (node.op == Op::space_to_batch) {
    chain.pad({0, node.pads[0], node.pads[1], 0, 0, node.pads[2], node.pads[3], 0});
    chain.reshape({x[0], y[1], h, y[2], w, x[3]});
    chain.transpose({2, 4, 0, 1, 3, 5});
    chain.reshape(y);
  } else {
    chain.reshape({h, w, y[0], x[1], x[2], x[3]});
    chain.transpose({2, 3, 0, 4, 1, 5});
    chain.reshape({y[0], x[1] * h, x[2] * w, x[3]});
    chain.slice({0, node.pads[0], node.pads[1], 0}, y);
  }
  return chain.finish();
}

}  // namespace

void fuse_dilation(Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (graph.nodes[i].op == Op::space_to_batch) fuse(graph, i);
  }
  std::vector<Node> source;
  source.swap(graph.nodes);
  for (const Node& node : source) {
    if (node.op != Op::space_to_batch && node.op != Op::batch_to_space) {
      graph.nodes.push_back(node);
      continue;
    }
    for (Node& part : expanded(graph, node)) graph.nodes.push_back(std::move(part));
  }
}

}  // namespace bulwark::converter::passes
