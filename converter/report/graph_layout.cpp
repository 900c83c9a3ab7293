// SPDX-License-Identifier: Apache-2.0
#include "converter/report/graph_layout.h"

#include <algorithm>
#include <numeric>

namespace bulwark::converter::report {
namespace {

constexpr double kColumnGap = 36;
constexpr double kLayerGap = 34;
constexpr double kLaneWidth = 14;  // of an edge that passes a layer
constexpr double kMargin = 24;
constexpr std::size_t kMaxBends = 20000;
constexpr double kBendWeight = 1e-6;  // bends give way to nodes, so that chains of nodes are straight

/// A node of the graph, or the place where an edge passes a layer.
struct Cell {
  std::size_t layer = 0;
  double width = 0;
  double weight = kBendWeight;  // resistance against being moved sideways
  double x = 0;
  std::vector<std::size_t> up, down;  // neighbours in the layers above and below
};

class Layout {
 public:
  explicit Layout(GraphLayout* graph) : graph_(*graph) {}

  void run() {
    make_cells();
    make_bends();
    order();
    place_columns();
    place_rows();
    write_edges();
  }

 private:
  void make_cells() {
    cells_.resize(graph_.nodes.size());
    for (const LayoutEdge& edge : graph_.edges) {
      incoming_.resize(std::max(incoming_.size(), edge.to + 1));
      incoming_[edge.to].push_back(edge.from);
    }
    incoming_.resize(cells_.size());
    double widest = 0;
    for (const LayoutNode& node : graph_.nodes) widest = std::max(widest, node.width);
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      for (const std::size_t from : incoming_[i])
        cells_[i].layer = std::max(cells_[i].layer, cells_[from].layer + 1);
      cells_[i].width = widest;  // one width keeps lanes beside the nodes straight
      cells_[i].weight = 1;
    }
    pull_down_sources();
  }

  /// Inputs and constants stand right above their first reader.
  void pull_down_sources() {
    std::vector<std::size_t> first_reader(cells_.size(), cells_.size());
    for (const LayoutEdge& edge : graph_.edges) {
      std::size_t& first = first_reader[edge.from];
      if (first == cells_.size() || cells_[edge.to].layer < cells_[first].layer) first = edge.to;
    }
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (incoming_[i].empty() && first_reader[i] < cells_.size())
        cells_[i].layer = cells_[first_reader[i]].layer - 1;
    }
  }

  void connect(std::size_t above, std::size_t below) {
    cells_[above].down.push_back(below);
    cells_[below].up.push_back(above);
  }

  void make_bends() {
    std::size_t bends = 0;
    for (const LayoutEdge& edge : graph_.edges) bends += cells_[edge.to].layer - cells_[edge.from].layer - 1;
    bends_.resize(graph_.edges.size());
    for (std::size_t e = 0; e < graph_.edges.size(); ++e) {
      LayoutEdge& edge = graph_.edges[e];
      const std::size_t last = cells_[edge.to].layer;
      edge.passes_layers = last > cells_[edge.from].layer + 1;
      std::size_t above = edge.from;
      for (std::size_t layer = cells_[edge.from].layer + 1; layer < last && bends <= kMaxBends; ++layer) {
        Cell bend;
        bend.layer = layer;
        bend.width = kLaneWidth;
        cells_.push_back(bend);
        bends_[e].push_back(cells_.size() - 1);
        connect(above, cells_.size() - 1);
        above = cells_.size() - 1;
      }
      if (bends <= kMaxBends || !edge.passes_layers) connect(above, edge.to);
    }
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      layers_.resize(std::max(layers_.size(), cells_[i].layer + 1));
      layers_[cells_[i].layer].push_back(i);
    }
  }

  /// Sorts every layer by the mean place of the neighbours, up and down, and keeps the order with the fewest
  /// crossings.
  void order() {
    std::vector<std::vector<std::size_t>> best = layers_;
    std::size_t fewest = crossings();
    for (int sweep = 0; sweep < 12 && fewest > 0; ++sweep) {
      const bool downward = sweep % 2 == 0;
      for (std::size_t k = 0; k < layers_.size(); ++k)
        sort_layer(downward ? k : layers_.size() - 1 - k, downward);
      const std::size_t now = crossings();
      if (now < fewest) {
        fewest = now;
        best = layers_;
      }
    }
    layers_ = best;
  }

  std::vector<double> positions() const {
    std::vector<double> position(cells_.size());
    for (const auto& layer : layers_) {
      for (std::size_t i = 0; i < layer.size(); ++i) position[layer[i]] = static_cast<double>(i);
    }
    return position;
  }

  void sort_layer(std::size_t layer, bool downward) {
    const std::vector<double> position = positions_of_neighbours(layer, downward);
    std::vector<std::size_t> order(layers_[layer].size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return position[a] < position[b]; });
    std::vector<std::size_t> sorted;
    for (const std::size_t i : order) sorted.push_back(layers_[layer][i]);
    layers_[layer] = sorted;
  }

  std::vector<double> positions_of_neighbours(std::size_t layer, bool downward) const {
    std::vector<double> place(cells_.size(), 0);
    const std::size_t beside = downward ? layer - 1 : layer + 1;
    if (beside < layers_.size()) {
      for (std::size_t i = 0; i < layers_[beside].size(); ++i)
        place[layers_[beside][i]] = static_cast<double>(i);
    }
    std::vector<double> mean;
    for (std::size_t i = 0; i < layers_[layer].size(); ++i) {
      const Cell& cell = cells_[layers_[layer][i]];
      const auto& neighbours = downward ? cell.up : cell.down;
      double sum = 0;
      for (const std::size_t n : neighbours) sum += place[n];
      mean.push_back(neighbours.empty() ? static_cast<double>(i)
                                        : sum / static_cast<double>(neighbours.size()));
    }
    return mean;
  }

  std::size_t crossings() const {
    const std::vector<double> position = positions();
    std::size_t count = 0;
    for (const auto& layer : layers_) {
      std::vector<double> targets;  // of the edges met so far, from left to right
      for (const std::size_t cell : layer) {
        std::vector<double> ends;
        for (const std::size_t below : cells_[cell].down) ends.push_back(position[below]);
        std::sort(ends.begin(), ends.end());
        for (const double end : ends) {
          count +=
              static_cast<std::size_t>(targets.end() - std::upper_bound(targets.begin(), targets.end(), end));
        }
        for (const double end : ends)
          targets.insert(std::upper_bound(targets.begin(), targets.end(), end), end);
      }
    }
    return count;
  }

  void place_columns() {
    for (const auto& layer : layers_) place_layer(layer, std::vector<double>(layer.size(), 0));
    for (int sweep = 0; sweep < 24; ++sweep) {
      const bool downward = sweep % 2 == 0;
      for (std::size_t k = 0; k < layers_.size(); ++k) {
        const auto& layer = layers_[downward ? k : layers_.size() - 1 - k];
        std::vector<double> wanted;
        for (const std::size_t cell : layer) wanted.push_back(wanted_x(cell));
        place_layer(layer, wanted);
      }
    }
    double left = 0, right = 0;
    for (const Cell& cell : cells_) {
      left = std::min(left, cell.x - cell.width / 2);
      right = std::max(right, cell.x + cell.width / 2);
    }
    for (Cell& cell : cells_) cell.x += kMargin - left;
    graph_.width = right - left + 2 * kMargin;
  }

  /// Weighted mean of the neighbours' places; where it is.
  double wanted_x(std::size_t index) const {
    const Cell& cell = cells_[index];
    double sum = 0, weights = 0;
    for (const auto* neighbours : {&cell.up, &cell.down}) {
      for (const std::size_t n : *neighbours) {
        sum += cells_[n].weight * cells_[n].x;
        weights += cells_[n].weight;
      }
    }
    return weights == 0 ? cell.x : sum / weights;
  }

  /// The places nearest to `wanted` (weighted least squares) that keep order and gaps: isotonic regression,
  /// pooling adjacent violators.
  void place_layer(const std::vector<std::size_t>& layer, const std::vector<double>& wanted) {
    struct Block {
      double mean, weight;
      std::size_t count;
    };
    std::vector<double> offset(layer.size(), 0);
    for (std::size_t i = 1; i < layer.size(); ++i) {
      offset[i] = offset[i - 1] + (cells_[layer[i - 1]].width + cells_[layer[i]].width) / 2 + kColumnGap;
    }
    std::vector<Block> blocks;
    for (std::size_t i = 0; i < layer.size(); ++i) {
      blocks.push_back({wanted[i] - offset[i], cells_[layer[i]].weight, 1});
      while (blocks.size() > 1 && blocks[blocks.size() - 2].mean > blocks.back().mean) {
        const Block right = blocks.back();
        blocks.pop_back();
        Block& block = blocks.back();
        block.mean = (block.mean * block.weight + right.mean * right.weight) / (block.weight + right.weight);
        block.weight += right.weight;
        block.count += right.count;
      }
    }
    std::size_t i = 0;
    for (const Block& block : blocks) {
      for (std::size_t k = 0; k < block.count; ++k, ++i) cells_[layer[i]].x = block.mean + offset[i];
    }
  }

  void place_rows() {
    double top = kMargin;
    for (const auto& layer : layers_) {
      double tallest = 0;
      for (const std::size_t cell : layer) {
        if (cell < graph_.nodes.size()) tallest = std::max(tallest, graph_.nodes[cell].height);
      }
      for (const std::size_t cell : layer) {
        if (cell < graph_.nodes.size()) graph_.nodes[cell].centre = {cells_[cell].x, top + tallest / 2};
      }
      row_top_.push_back(top);
      row_bottom_.push_back(top + tallest);
      top += tallest + kLayerGap;
    }
    graph_.height = top - kLayerGap + kMargin;
  }

  void write_edges() {
    for (std::size_t e = 0; e < graph_.edges.size(); ++e) {
      LayoutEdge& edge = graph_.edges[e];
      const LayoutNode& from = graph_.nodes[edge.from];
      const LayoutNode& to = graph_.nodes[edge.to];
      edge.points = {{from.centre.x, from.centre.y + from.height / 2}};
      for (const std::size_t bend : bends_[e]) {
        const std::size_t layer = cells_[bend].layer;
        edge.points.push_back({cells_[bend].x, row_top_[layer]});
        edge.points.push_back({cells_[bend].x, row_bottom_[layer]});
      }
      edge.points.push_back({to.centre.x, to.centre.y - to.height / 2});
    }
  }

  GraphLayout& graph_;
  std::vector<Cell> cells_;  // the nodes, then the bends
  std::vector<std::vector<std::size_t>> incoming_;
  std::vector<std::vector<std::size_t>> bends_;   // of each edge
  std::vector<std::vector<std::size_t>> layers_;  // cells from left to right
  std::vector<double> row_top_, row_bottom_;
};

}  // namespace

void lay_out(GraphLayout* graph) {
  if (!graph->nodes.empty()) Layout(graph).run();
}

}  // namespace bulwark::converter::report
