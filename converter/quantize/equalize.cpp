// SPDX-License-Identifier: Apache-2.0
#include "converter/quantize/equalize.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "converter/passes/rewrite.h"
#include "converter/quantize/placement.h"

namespace bulwark::converter::quantize {
namespace {

constexpr int kSweeps = 30;
constexpr double kMostChange = 1e4, kConverged = 1e-3;

using Reals = std::vector<double>;

/// Two layers and what lies between them.
struct Pair {
  std::size_t first, second;         ///< nodes
  std::optional<std::size_t> bound;  ///< a clip to [0, hi] or a minimum
  Reals scale;                       ///< of each channel so far: the first layer's results over it
};

/// Output channel of every weight.
std::vector<std::size_t> rows_of(const Graph& graph, const Node& node) {
  const Shape& shape = graph[node.inputs[1]].shape;
  const std::int64_t axis = passes::output_channel_axis(graph, node);
  std::int64_t inner = 1;
  for (std::size_t i = static_cast<std::size_t>(axis) + 1; i < shape.size(); ++i) inner *= shape[i];
  std::vector<std::size_t> rows(static_cast<std::size_t>(element_count(shape)));
  for (std::size_t e = 0; e < rows.size(); ++e)
    rows[e] = static_cast<std::size_t>(static_cast<std::int64_t>(e) / inner %
                                       shape[static_cast<std::size_t>(axis)]);
  return rows;
}

/// Input channel of every weight.
std::vector<std::size_t> columns_of(const Graph& graph, const Node& node) {
  const Shape& shape = graph[node.inputs[1]].shape;
  std::vector<std::size_t> columns(static_cast<std::size_t>(element_count(shape)));
  if (node.op == Op::conv) {
    const std::int64_t channels = shape[1], rows = shape[0] / node.groups;
    const std::int64_t taps = element_count(shape) / (shape[0] * channels);
    for (std::size_t e = 0; e < columns.size(); ++e) {
      const std::int64_t at = static_cast<std::int64_t>(e) / taps, m = at / channels;
      columns[e] = static_cast<std::size_t>(m / rows * channels + at % channels);
    }
    return columns;
  }
  for (std::size_t e = 0; e < columns.size(); ++e) {
    const auto at = static_cast<std::int64_t>(e);
    columns[e] = static_cast<std::size_t>(node.trans_b ? at % shape[1] : at / shape[1]);
  }
  return columns;
}

std::int64_t output_channels(const Graph& graph, const Node& node) {
  return graph[node.inputs[1]].shape[static_cast<std::size_t>(passes::output_channel_axis(graph, node))];
}

std::int64_t input_channels(const Graph& graph, const Node& node) {
  const Shape& shape = graph[node.inputs[1]].shape;
  if (node.op == Op::conv) return shape[1] * node.groups;
  return node.trans_b ? shape[1] : shape[0];
}

bool scales_rows(const Graph& graph, const Node& node) {
  if (!is_weighted(graph, node) || node.op == Op::matmul) return false;
  if (node.inputs.size() < 3 || node.inputs[2] == kNoValue) return true;
  if (!passes::is_constant(graph, node.inputs[2])) return false;
  const std::int64_t size = element_count(graph[node.inputs[2]].shape);
  return size == 1 || size == output_channels(graph, node);
}

class Equalizer {
 public:
  explicit Equalizer(Graph& graph) : graph_(graph) {}

  std::vector<std::string> run() {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) find_pair(i);
    for (const Pair& pair : pairs_) {
      for (const std::size_t i : {pair.first, pair.second}) read_weights(i);
    }
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      double change = 0;
      for (Pair& pair : pairs_) change = std::max(change, balance(pair));
      if (change < kConverged) break;
    }
    std::vector<std::string> names;
    for (const Pair& pair : pairs_) {
      names.push_back(graph_.nodes[pair.first].name + " -> " + graph_.nodes[pair.second].name);
      write_bias(pair);
    }
    for (const auto& [node, reals] : weights_) write_weights(node, reals);
    write_bounds();
    return names;
  }

 private:
  void find_pair(std::size_t i) {
    const Node& first = graph_.nodes[i];
    if (!scales_rows(graph_, first)) return;
    Pair pair{i, 0, {}, Reals(static_cast<std::size_t>(output_channels(graph_, first)), 1.0)};
    for (ValueId id = first.outputs[0]; passes::single_use(graph_, id);) {
      const auto reader = static_cast<std::size_t>(graph_.consumers_of(id)[0]);
      const Node& next = graph_.nodes[reader];
      if (is_weighted(graph_, next)) {
        const bool linear = next.op != Op::matmul && !next.trans_a && next.inputs[0] == id;
        if (!linear || input_channels(graph_, next) != output_channels(graph_, first)) return;
        pair.second = reader;
        pairs_.push_back(std::move(pair));
        return;
      }
      const bool bounded = next.op == Op::clip && next.clip_lo == 0.0f && !pair.bound;
      const bool pools = next.op == Op::max_pool || next.op == Op::average_pool ||
                         next.op == Op::global_average_pool || next.op == Op::global_max_pool;
      if (next.op != Op::relu && !bounded && !pools) return;
      if (bounded) pair.bound = reader;
      id = next.outputs[0];
    }
  }

  void read_weights(std::size_t node) {
    const std::vector<float>& floats = graph_[graph_.nodes[node].inputs[1]].constant->floats;
    weights_.try_emplace(node, floats.begin(), floats.end());
  }

  /// Gives every channel the same range on both sides; the largest change of a scale.
  double balance(Pair& pair) {
    Reals& a = weights_.at(pair.first);
    Reals& b = weights_.at(pair.second);
    const auto rows = rows_of(graph_, graph_.nodes[pair.first]),
               columns = columns_of(graph_, graph_.nodes[pair.second]);
    Reals largest_a(pair.scale.size(), 0.0), largest_b(pair.scale.size(), 0.0), factor;
    for (std::size_t e = 0; e < a.size(); ++e)
      largest_a[rows[e]] = std::max(largest_a[rows[e]], std::abs(a[e]));
    for (std::size_t e = 0; e < b.size(); ++e)
      largest_b[columns[e]] = std::max(largest_b[columns[e]], std::abs(b[e]));
    double change = 0;
    for (std::size_t c = 0; c < pair.scale.size(); ++c) {
      const bool used = largest_a[c] > 0 && largest_b[c] > 0;
      const double wanted = used ? std::sqrt(largest_a[c] / largest_b[c]) : 1.0;
      const double total = std::clamp(pair.scale[c] * wanted, 1 / kMostChange, kMostChange);
      factor.push_back(total / pair.scale[c]);
      change = std::max(change, std::abs(std::log(factor.back())));
      pair.scale[c] = total;
    }
    for (std::size_t e = 0; e < a.size(); ++e) a[e] /= factor[rows[e]];
    for (std::size_t e = 0; e < b.size(); ++e) b[e] *= factor[columns[e]];
    return change;
  }

  void write_weights(std::size_t index, const Reals& reals) {
    Node& node = graph_.nodes[index];
    const Value old = graph_[node.inputs[1]];
    node.inputs[1] =
        passes::add_floats(graph_, node.name + "_equalized", old.shape, {reals.begin(), reals.end()});
  }

  void write_bias(const Pair& pair) {
    Node& node = graph_.nodes[pair.first];
    if (node.inputs.size() < 3 || node.inputs[2] == kNoValue) return;
    const std::vector<float>& old = graph_[node.inputs[2]].constant->floats;
    std::vector<float> bias;
    for (std::size_t c = 0; c < pair.scale.size(); ++c)
      bias.push_back(static_cast<float>(static_cast<double>(old[old.size() == 1 ? 0 : c]) / pair.scale[c]));
    const auto count = static_cast<std::int64_t>(bias.size());
    node.inputs[2] = passes::add_floats(graph_, node.name + "_equalized_bias", {count}, std::move(bias));
  }

  /// clip to [0, hi] -> relu, minimum with hi / scale.
  void write_bounds() {
    std::sort(pairs_.begin(), pairs_.end(), [](const Pair& a, const Pair& b) { return a.first > b.first; });
    for (const Pair& pair : pairs_) {  // from the back: insertions move no node that is still to come
      if (!pair.bound) continue;
      Node& clip = graph_.nodes[*pair.bound];
      clip.op = Op::relu;
      if (std::isinf(clip.clip_hi)) continue;
      std::vector<float> bounds;
      for (const double scale : pair.scale)
        bounds.push_back(static_cast<float>(static_cast<double>(clip.clip_hi) / scale));
      Shape shape{static_cast<std::int64_t>(bounds.size())};
      const Node& first = graph_.nodes[pair.first];
      if (first.op == Op::conv && !first.channels_last)
        shape.resize(graph_[first.outputs[0]].shape.size() - 1, 1);
      Node minimum;
      minimum.op = Op::minimum;
      minimum.name = clip.name + "_bounds";
      minimum.source_type = clip.source_type;
      minimum.outputs = clip.outputs;
      const Value& y = graph_[clip.outputs[0]];
      const ValueId raw = graph_.add_value({y.name + "_unbounded", DType::f32, y.shape, {}});
      clip.outputs = {raw};
      minimum.inputs = {raw, passes::add_floats(graph_, minimum.name, shape, std::move(bounds))};
      graph_.nodes.insert(graph_.nodes.begin() + static_cast<std::ptrdiff_t>(*pair.bound) + 1,
                          std::move(minimum));
    }
  }

  Graph& graph_;
  std::vector<Pair> pairs_;
  std::map<std::size_t, Reals> weights_;
};

}  // namespace

std::vector<std::string> equalize(Graph& graph) { return Equalizer(graph).run(); }

}  // namespace bulwark::converter::quantize
