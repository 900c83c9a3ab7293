// SPDX-License-Identifier: Apache-2.0
#include "converter/passes/channels_last.h"

#include <algorithm>
#include <numeric>

#include "converter/passes/passes.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::passes {
namespace {

/// Source axis of every axis of the last form: 0, 2, .., rank-1, 1.
std::vector<std::int64_t> to_last(std::size_t rank) {
  std::vector<std::int64_t> perm(rank);
  std::iota(perm.begin(), perm.end(), std::int64_t{0});
  if (rank > 2) std::rotate(perm.begin() + 1, perm.begin() + 2, perm.end());
  return perm;
}

/// True when the transpose leaves the elements where they are: no two axes longer than 1 change their order.
bool keeps_order(const Shape& shape, const std::vector<std::int64_t>& perm) {
  std::int64_t before = -1;
  for (const std::int64_t axis : perm) {
    if (shape[static_cast<std::size_t>(axis)] == 1) continue;
    if (axis < before) return false;
    before = axis;
  }
  return true;
}

bool is_window(Op op) {
  return op == Op::conv || op == Op::max_pool || op == Op::average_pool || op == Op::global_average_pool ||
         op == Op::global_max_pool;
}

}  // namespace

ChannelsLast::ChannelsLast(Graph& graph) : graph_(graph), made_(graph.values.size(), false) {
  for (const ValueId id : graph.inputs) made_[static_cast<std::size_t>(id)] = true;
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    if (graph.values[i].constant) made_[i] = true;
  }
}

void ChannelsLast::run() {
  std::vector<Node> source;
  source.swap(graph_.nodes);
  graph_.nodes = source;  // constants are looked up through their dequantize nodes while the new list grows
  for (Node& node : source) rewrite(std::move(node));
  for (const ValueId id : graph_.outputs) first(id);
  graph_.nodes = std::move(nodes_);
  name_after_source();
}

/// Where only the last or flat form of a value is left, it takes the source's name.
void ChannelsLast::name_after_source() {
  std::vector<bool> present(graph_.values.size(), false);
  for (const ValueId id : graph_.inputs) present[static_cast<std::size_t>(id)] = true;
  for (const Node& node : graph_.nodes) {
    for (const ValueId id : node.outputs) present[static_cast<std::size_t>(id)] = true;
  }
  const auto take = [&](ValueId source, ValueId form) {
    if (!present[static_cast<std::size_t>(source)]) std::swap(graph_[source].name, graph_[form].name);
  };
  for (const auto& [source, form] : last_) take(source, form);
  for (const auto& [source, flat] : flat_) take(source, flat.value);
}

void ChannelsLast::rewrite(Node node) {
  if (rewrite_conv_transpose(node) || rewrite_selection(node) || rewrite_window(node) ||
      rewrite_unary(node) || rewrite_elementwise(node) || rewrite_axes(node) || rewrite_transpose(node) ||
      rewrite_reshape(node) || rewrite_matrix(node)) {
    return;
  }
  for (ValueId& id : node.inputs) {
    if (id != kNoValue) id = first(id);
  }
  for (const ValueId id : node.outputs) made_[static_cast<std::size_t>(id)] = true;
  emit(std::move(node));
}

ValueId ChannelsLast::declare_last(ValueId id) {
  Value value = graph_[id];
  value.name += "_channels_last";
  value.shape = permuted(value.shape, to_last(value.shape.size()));
  value.constant.reset();
  const ValueId made = graph_.add_value(std::move(value));
  made_.push_back(true);
  last_[id] = made;
  return made;
}

ValueId ChannelsLast::declare_flat(ValueId id, const Flat& like) {
  Value value = graph_[id];
  value.name += "_channels_last";
  const ValueId made = graph_.add_value(std::move(value));
  made_.push_back(true);
  flat_[id] = {made, like.order, like.picture};
  return made;
}

ValueId ChannelsLast::last(ValueId id) {
  const auto found = last_.find(id);
  if (found != last_.end()) return found->second;
  const ValueId source = first(id);
  const ValueId made = declare_last(id);
  move(source, made, to_last(graph_[id].shape.size()));
  return made;
}

ValueId ChannelsLast::first(ValueId id) {
  if (made_[static_cast<std::size_t>(id)]) return id;
  made_[static_cast<std::size_t>(id)] = true;
  const auto found = last_.find(id);
  if (found != last_.end()) {
    move(found->second, id, inverse(to_last(graph_[id].shape.size())));
  } else {
    restore_from_flat(id);
  }
  return id;
}

/// Flat form -> picture, channels last -> channels first -> the source's row.
void ChannelsLast::restore_from_flat(ValueId id) {
  const Flat flat = flat_.at(id);
  const Value& value = graph_[id];
  Shape shape = flat.picture;
  shape.insert(shape.begin(), value.shape.at(0));
  Value picture{value.name + "_picture", value.type, permuted(shape, to_last(shape.size())), {}};
  Value restored{value.name + "_channels_first", value.type, shape, {}};
  const ValueId a = graph_.add_value(std::move(picture)), b = graph_.add_value(std::move(restored));
  made_.resize(graph_.values.size(), true);
  reshape(flat.value, a);
  move(a, b, inverse(to_last(shape.size())));
  reshape(b, id);
}

void ChannelsLast::move(ValueId from, ValueId to, const std::vector<std::int64_t>& perm) {
  if (keeps_order(graph_[from].shape, perm)) return reshape(from, to);
  Node node;
  node.op = Op::transpose;
  node.name = graph_[to].name + "_transpose";
  node.source_type = "layout";
  node.perm = perm;
  node.inputs = {from};
  node.outputs = {to};
  emit(std::move(node));
}

void ChannelsLast::reshape(ValueId from, ValueId to) {
  Node node;
  node.op = Op::reshape;
  node.name = graph_[to].name + "_reshape";
  node.source_type = "layout";
  node.inputs = {from};
  node.outputs = {to};
  emit(std::move(node));
}

bool ChannelsLast::rewrite_window(Node& node) {
  if (!is_window(node.op) || node.channels_last) return false;
  node.channels_last = true;
  node.inputs[0] = last(node.inputs[0]);
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    if (node.inputs[i] != kNoValue) node.inputs[i] = first(node.inputs[i]);
  }
  node.outputs[0] = declare_last(node.outputs[0]);
  emit(std::move(node));
  return true;
}

bool ChannelsLast::rewrite_unary(Node& node) {
  const bool quantizes = node.op == Op::quantize || node.op == Op::dequantize;
  if (!quantizes && node.op != Op::relu && node.op != Op::clip && node.op != Op::unary &&
      node.op != Op::identity && node.op != Op::cast && node.op != Op::batch_norm) {
    return false;
  }
  const ValueId x = node.inputs[0];
  const bool along_axis = (quantizes && !per_tensor(graph_, node)) || node.op == Op::batch_norm;
  if (has_last(x)) {
    const std::size_t rank = graph_[x].shape.size();
    if (quantizes && along_axis) node.axis = inverse(to_last(rank))[static_cast<std::size_t>(node.axis)];
    if (node.op == Op::batch_norm) node.channels_last = true;
    node.inputs[0] = last(x);
    node.outputs[0] = declare_last(node.outputs[0]);
  } else if (flat_.count(x) && !along_axis) {
    node.inputs[0] = flat_.at(x).value;
    node.outputs[0] = declare_flat(node.outputs[0], flat_.at(x));
  } else {
    return false;
  }
  emit(std::move(node));
  return true;
}

bool ChannelsLast::rewrite_elementwise(Node& node) {
  if (!is_binary(node.op)) return false;
  const std::size_t rank = graph_[node.outputs[0]].shape.size();
  bool worthwhile = false;
  for (const ValueId id : node.inputs) {
    worthwhile = worthwhile || has_last(id);
    // An operand of fewer axes is broadcast from the right: a scalar means the same in both orders, a
    // constant gets the missing axes.
    const bool fewer = graph_[id].shape.size() != rank && element_count(graph_[id].shape) != 1;
    if (fewer && !is_constant_or_dequantized(graph_, id)) return false;
  }
  if (!worthwhile) return false;
  for (ValueId& id : node.inputs) {
    if (element_count(graph_[id].shape) == 1 && graph_[id].shape.size() != rank) {
      id = first(id);
    } else {
      id = last(with_rank(id, rank));
    }
  }
  node.outputs[0] = declare_last(node.outputs[0]);
  emit(std::move(node));
  return true;
}

/// The value with axes of 1 in front, so that it has `rank` axes.
ValueId ChannelsLast::with_rank(ValueId id, std::size_t rank) {
  if (graph_[id].shape.size() == rank) return id;
  Value value{graph_[id].name + "_axes", graph_[id].type, graph_[id].shape, {}};
  value.shape.insert(value.shape.begin(), rank - value.shape.size(), 1);
  const ValueId source = first(id), made = graph_.add_value(std::move(value));
  made_.push_back(true);
  reshape(source, made);
  return made;
}

bool ChannelsLast::rewrite_axes(Node& node) {
  if (node.op != Op::concat && node.op != Op::pad && node.op != Op::softmax && node.op != Op::log_softmax &&
      !is_reduction(node.op)) {
    return false;
  }
  if (std::none_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) { return has_last(id); }))
    return false;
  const std::vector<std::int64_t> perm = to_last(graph_[node.outputs[0]].shape.size());
  if (node.op == Op::pad) {
    const std::size_t rank = perm.size();
    std::vector<std::int64_t> pads(node.pads.size());
    for (std::size_t i = 0; i < pads.size(); ++i) {
      pads[i] = node.pads[i / rank * rank + static_cast<std::size_t>(perm[i % rank])];
    }
    node.pads = std::move(pads);
  } else if (is_reduction(node.op)) {
    const std::vector<std::int64_t> place = inverse(perm);
    for (std::int64_t& axis : node.axes) axis = place[static_cast<std::size_t>(axis)];
    std::sort(node.axes.begin(), node.axes.end());
  } else {
    node.axis = inverse(perm)[static_cast<std::size_t>(node.axis)];
  }
  for (ValueId& id : node.inputs) id = last(id);
  node.outputs[0] = declare_last(node.outputs[0]);
  emit(std::move(node));
  return true;
}

}  // namespace bulwark::converter::passes
