// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "converter/passes/passes.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::passes {
namespace {

bool changes_nothing(const Graph& graph, const Node& node) {
  const Value& x = graph[node.inputs.at(0)];
  const Value& y = graph[node.outputs.at(0)];
  switch (node.op) {
    case Op::identity:
      return true;
    case Op::cast:
      return x.type == y.type;
    case Op::clip:
      return std::isinf(node.clip_lo) && node.clip_lo < 0 && std::isinf(node.clip_hi) && node.clip_hi > 0;
    case Op::reshape:
      return x.shape == y.shape;
    case Op::transpose:
      return is_identity_permutation(node.perm);
    case Op::pad:
      return std::all_of(node.pads.begin(), node.pads.end(), [](std::int64_t p) { return p == 0; });
    case Op::concat:
      return node.inputs.size() == 1;
    default:
      return false;
  }
}

/// The node's input takes the place of its output. False where the boundary needs both.
bool bypass(Graph& graph, const Node& node) {
  const ValueId x = node.inputs[0], y = node.outputs[0];
  if (!graph.is_output(y)) {
    replace_uses(graph, y, x);
    return true;
  }
  const std::int32_t source = graph.producer_of(x);
  if (source < 0 || graph.is_output(x)) return false;
  std::vector<ValueId>& written = graph.nodes[static_cast<std::size_t>(source)].outputs;
  std::replace(written.begin(), written.end(), x, y);
  replace_uses(graph, x, y);
  return true;
}

}  // namespace

void remove_identities(Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size();) {
    const Node node = graph.nodes[i];
    if (changes_nothing(graph, node) && bypass(graph, node)) {
      graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
}

}  // namespace bulwark::converter::passes
