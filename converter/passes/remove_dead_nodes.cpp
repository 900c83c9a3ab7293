// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "converter/passes/passes.h"

namespace bulwark::converter::passes {

void remove_dead_nodes(Graph& graph) {
  std::vector<bool> needed(graph.values.size(), false);
  for (const ValueId id : graph.outputs) needed[static_cast<std::size_t>(id)] = true;
  std::vector<bool> keep(graph.nodes.size(), false);
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    const Node& node = graph.nodes[i];
    keep[i] = std::any_of(node.outputs.begin(), node.outputs.end(),
                          [&](ValueId id) { return needed[static_cast<std::size_t>(id)]; });
    if (!keep[i]) continue;
    for (const ValueId id : node.inputs) {
      if (id != kNoValue) needed[static_cast<std::size_t>(id)] = true;
    }
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!keep[i]) continue;
    if (kept != i) graph.nodes[kept] = std::move(graph.nodes[i]);
    ++kept;
  }
  graph.nodes.resize(kept);
}

}  // namespace bulwark::converter::passes
