// SPDX-License-Identifier: Apache-2.0
#include "converter/quantize/placement.h"

#include <algorithm>
#include <numeric>

#include "converter/passes/pointwise.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::quantize {
namespace {

using passes::is_constant;
using passes::selects_only;
using passes::single_use;

/// Disjoint sets of values.
class Sets {
 public:
  explicit Sets(std::size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  std::size_t find(ValueId id) {
    std::size_t i = static_cast<std::size_t>(id);
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(ValueId a, ValueId b) { parent_[find(b)] = find(a); }

 private:
  std::vector<std::size_t> parent_;
};

bool is_activation(const Graph& graph, const Node& node) {
  return node.op == Op::relu || node.op == Op::clip || passes::bound_per_channel(graph, node) != kNoValue;
}

class Placer {
 public:
  Placer(const Graph& graph, const QuantizeOptions& options)
      : graph_(graph),
        options_(options),
        sets_(graph.values.size()),
        needed_(graph.values.size(), false),
        tables_(graph.nodes.size()) {
    find_tables();
  }

  Placement run() {
    assign_bits();
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) join(graph_.nodes[i]);
    for (std::size_t k = 0; k < graph_.states.size(); ++k) {
      sets_.join(graph_.outputs[graph_.own_outputs() + k], graph_.inputs[graph_.own_inputs() + k]);
    }
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) require(i);
    collect();
    return std::move(placement_);
  }

 private:
  /// Nodes that together are a function of one value, which becomes a table: the last one has the value.
  struct Table {
    bool inner = false;       ///< a node on the way
    ValueId root = kNoValue;  ///< of the last node: what the function reads
  };

  void find_tables() {
    const std::vector<ValueId> sources = passes::pointwise_sources(graph_);
    const auto source = [&](ValueId id) { return sources[static_cast<std::size_t>(id)]; };
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      const ValueId y = graph_.nodes[i].outputs[0];
      const ValueId root = behind_activations(source(y));
      if (root == y || source(y) == y || only_clamps(y, root)) continue;
      if (graph_.nodes[i].stays_float) continue;
      const std::vector<std::int32_t> readers = graph_.consumers_of(y);
      const bool goes_on =
          !readers.empty() && !graph_.is_output(y) &&
          std::all_of(readers.begin(), readers.end(), [&](std::int32_t reader) {
            return source(graph_.nodes[static_cast<std::size_t>(reader)].outputs[0]) == source(y);
          });
      tables_[i] = goes_on ? Table{true, kNoValue} : Table{false, root};
    }
  }

  /// The value after the activations that alone read this one: they are clamps of the layer that writes it.
  ValueId behind_activations(ValueId id) const {
    while (single_use(graph_, id)) {
      const Node& next = graph_.nodes[static_cast<std::size_t>(graph_.consumers_of(id)[0])];
      if (next.op != Op::relu && next.op != Op::clip) break;
      id = next.outputs[0];
    }
    return id;
  }

  /// Whether nothing but relu and clip lies between a value and `root`, or `root` behind it.
  bool only_clamps(ValueId id, ValueId root) const {
    while (id != root) {
      const Node* node = passes::producer(graph_, id);
      if (!node) return true;
      if (node->op != Op::relu && node->op != Op::clip) return false;
      id = node->inputs[0];
    }
    return true;
  }

  std::size_t index_of(const Node& node) const {
    return static_cast<std::size_t>(&node - graph_.nodes.data());
  }

  /// Operators that run on integers once their inputs and their result are quantized.
  bool computes(const Node& node) const {
    const Table& table = tables_[index_of(node)];
    if (node.stays_float || table.inner) return false;
    if (table.root != kNoValue) return true;
    switch (node.op) {
      case Op::conv:
      case Op::gemm:
      case Op::matmul:
        return is_weighted(graph_, node);
      case Op::add:
      case Op::sub:
        return std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) {
          return is_constant(graph_, id) || graph_[id].shape == graph_[node.outputs[0]].shape;
        });
      case Op::mul:
      case Op::maximum:
      case Op::minimum:
      case Op::prelu:
        return passes::bound_per_channel(graph_, node) == kNoValue &&
               std::none_of(node.inputs.begin(), node.inputs.end(),
                            [&](ValueId id) { return is_constant(graph_, id); });
      case Op::average_pool:
      case Op::global_average_pool:
      case Op::reduce_sum:
      case Op::reduce_mean:
      case Op::reduce_max:
      case Op::reduce_min:
      case Op::resize:
      case Op::softmax:
        return true;
      case Op::clip:
        return !fused(node);
      case Op::concat:
        return !shares(node);
      default:
        return false;
    }
  }

  /// An activation that becomes the clamp of the layer in front of it.
  bool fused(const Node& node) const {
    if (tables_[index_of(node)].inner || tables_[index_of(node)].root != kNoValue) return false;
    if (!is_activation(graph_, node) || !single_use(graph_, node.inputs[0])) return false;
    const Node* inner = passes::producer(graph_, node.inputs[0]);
    if (inner && is_activation(graph_, *inner)) return fused(*inner);
    return inner && computes(*inner) && (node.op != Op::minimum || is_weighted(graph_, *inner));
  }

  /// A concatenation whose inputs go nowhere else takes one scale for all of them; any other one requantizes.
  bool shares(const Node& node) const {
    return node.op == Op::concat && std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) {
             return !is_constant(graph_, id) && single_use(graph_, id);
           });
  }

  bool keeps_levels(const Node& node) const {
    return selects_only(node.op) || node.op == Op::max_pool || node.op == Op::global_max_pool ||
           shares(node) || (node.op == Op::pad && node.pad_value == 0.0f) ||
           (node.op == Op::relu && !fused(node) && !computes(node) && !tables_[index_of(node)].inner);
  }

  void join(const Node& node) {
    if (!keeps_levels(node)) return;
    for (const ValueId id : node.inputs) {
      if (id != kNoValue) sets_.join(node.outputs[0], id);
    }
  }

  void assign_bits() {
    std::vector<std::size_t> weighted;
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = graph_.nodes[i];
      const LayerBits bits = is_named(node) ? options_.layers.at(node.name) : options_.bits;
      if (is_weighted(graph_, node)) weighted.push_back(i);
      const bool in_float = bits.activations == 0 || (is_weighted(graph_, node) && bits.weights == 0);
      placement_.bits.push_back(!computes(node) || in_float ? LayerBits{0, 0} : bits);
    }
    if (!options_.first_last_8bit || weighted.empty()) return;
    const std::size_t first = weighted.front(), last = weighted.back();
    if (!is_named(graph_.nodes[first]) && placement_.bits[first].weights != 0)
      placement_.bits[first].weights = 8;
    if (!is_named(graph_.nodes[last]) && placement_.bits[last].weights != 0) placement_.bits[last] = {8, 8};
  }

  bool is_named(const Node& node) const { return options_.layers.count(node.name) != 0; }

  /// The value behind the activations that follow a layer.
  ValueId end_of(const Node& node) const {
    ValueId id = node.outputs[0];
    while (single_use(graph_, id)) {
      const Node& next = graph_.nodes[static_cast<std::size_t>(graph_.consumers_of(id)[0])];
      if (!fused(next)) break;
      id = next.outputs[0];
    }
    return id;
  }

  /// True when the value reaches outputs of the graph and nothing else: a weighted layer then writes float
  /// itself.
  bool only_leaves(ValueId id) const {
    for (const std::int32_t consumer : graph_.consumers_of(id)) {
      const Node& node = graph_.nodes[static_cast<std::size_t>(consumer)];
      if (!selects_only(node.op) || !only_leaves(node.outputs[0])) return false;
    }
    return true;
  }

  void require(std::size_t index) {
    const Node& node = graph_.nodes[index];
    if (placement_.bits[index].activations == 0) return;
    if (const ValueId root = tables_[index].root; root != kNoValue) {
      need(root);
      need(end_of(node));
      return;
    }
    const std::size_t data = is_weighted(graph_, node) ? 1 : node.inputs.size();
    for (std::size_t i = 0; i < data; ++i) {
      if (!is_constant(graph_, node.inputs[i])) need(node.inputs[i]);
    }
    const ValueId end = end_of(node);
    const bool float_result = is_weighted(graph_, node) && end == node.outputs[0] && only_leaves(end);
    if (!float_result) need(end);
  }

  void need(ValueId id) { needed_[sets_.find(id)] = true; }

  void collect() {
    std::vector<std::int32_t> group_of(graph_.values.size(), -1);
    const auto add_origin = [&](ValueId id, int bits, bool unit_interval) {
      const std::size_t set = sets_.find(id);
      if (!needed_[set]) return;
      if (group_of[set] < 0) {
        group_of[set] = static_cast<std::int32_t>(placement_.groups.size());
        placement_.groups.push_back({{}, bits, true});
      }
      Group& group = placement_.groups[static_cast<std::size_t>(group_of[set])];
      group.origins.push_back(id);
      group.bits = std::max(group.bits, bits);
      group.unit_interval = group.unit_interval && unit_interval;
    };
    for (const ValueId id : graph_.inputs) {
      if (graph_[id].type == DType::f32) add_origin(id, 8, false);
    }
    const int usual = options_.bits.activations == 0 ? 8 : options_.bits.activations;
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = graph_.nodes[i];
      if (keeps_levels(node) || fused(node) || tables_[i].inner) continue;
      const LayerBits& bits = placement_.bits[i];
      const bool softmax = node.op == Op::softmax && end_of(node) == node.outputs[0];
      const bool sigmoid = node.op == Op::unary && node.function == Function::sigmoid;
      add_origin(end_of(node),
                 softmax                 ? 8
                 : bits.activations == 0 ? usual
                                         : bits.activations,
                 softmax || (sigmoid && bits.activations == 8));
    }
  }

  const Graph& graph_;
  const QuantizeOptions& options_;
  Sets sets_;
  std::vector<bool> needed_;   ///< by the set's representative
  std::vector<Table> tables_;  ///< by node
  Placement placement_;
};

}  // namespace

bool is_weighted(const Graph& graph, const Node& node) {
  return (node.op == Op::conv || node.op == Op::gemm || node.op == Op::matmul) &&
         is_constant(graph, node.inputs[1]) && graph[node.inputs[1]].type == DType::f32;
}

Placement place_quantizers(const Graph& graph, const QuantizeOptions& options) {
  return Placer(graph, options).run();
}

}  // namespace bulwark::converter::quantize
