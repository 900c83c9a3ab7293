// SPDX-License-Identifier: Apache-2.0
// Places for the nodes and edges of a directed acyclic graph, drawn from top to bottom in layers (after
// Sugiyama, Tagawa and Toda, 1981): longest-path layers, bends where an edge passes a layer, few crossings,
// straight lines first.
#pragma once

#include <cstddef>
#include <vector>

namespace bulwark::converter::report {

struct Point {
  double x = 0, y = 0;
};

struct LayoutNode {
  double width = 0, height = 0;  ///< given
  Point centre;                  ///< found
};

struct LayoutEdge {
  std::size_t from = 0, to = 0;  ///< given; from < to
  std::vector<Point>
      points;  ///< found: from the bottom of one node, through its bends, to the top of the other
  bool passes_layers = false;  ///< found: skips at least one layer (a residual edge)
};

struct GraphLayout {
  std::vector<LayoutNode> nodes;  ///< in topological order
  std::vector<LayoutEdge> edges;
  double width = 0, height = 0;  ///< found
};

/// Fills what is to be found. Any size: past 20,000 bends, edges go straight.
void lay_out(GraphLayout* graph);

}  // namespace bulwark::converter::report
