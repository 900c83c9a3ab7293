// SPDX-License-Identifier: Apache-2.0
#include "converter/quantize/correct.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "converter/error.h"
#include "converter/graph/evaluate_ops.h"
#include "converter/passes/rewrite.h"
#include "converter/quantize/error_sums.h"
#include "converter/quantize/input_moments.h"
#include "converter/quantize/rounding.h"

namespace bulwark::converter::quantize {
namespace {

constexpr std::size_t kMostSamples = 256;
constexpr double kMemory = 512.0 * 1024 * 1024;  // for the values of both networks

using Values = std::vector<TensorData>;  ///< by value of the graph; empty where not alive

/// Bytes of the values of one sample that are alive at once, at most.
double peak_bytes(const Graph& graph, const std::vector<std::size_t>& last_uses) {
  double alive = 0, peak = 0;
  const auto bytes = [&](ValueId id) { return 4.0 * static_cast<double>(element_count(graph[id].shape)); };
  for (const ValueId id : graph.inputs) alive += bytes(id);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const ValueId id : graph.nodes[i].outputs) alive += bytes(id);
    peak = std::max(peak, alive);
    for (std::size_t v = 0; v < last_uses.size(); ++v) {
      if (last_uses[v] == i && !graph.values[v].constant) alive -= bytes(static_cast<ValueId>(v));
    }
  }
  return peak;
}

/// By value: the last node that reads it; for one that nobody reads the node that writes it.
std::vector<std::size_t> last_uses(const Graph& graph) {
  std::vector<std::size_t> last(graph.values.size(), 0);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const ValueId id : graph.nodes[i].outputs) last[static_cast<std::size_t>(id)] = i;
    for (const ValueId id : graph.nodes[i].inputs) {
      if (id != kNoValue) last[static_cast<std::size_t>(id)] = i;
    }
  }
  return last;
}

std::int64_t channel_axis(const Node& node, const Shape& shape) {
  return node.op == Op::conv && !node.channels_last ? 1 : static_cast<std::int64_t>(shape.size()) - 1;
}

/// True when a bias can be added to the layer as it is.
bool takes_bias(const Graph& graph, const Node& node) {
  if (node.op == Op::matmul) return false;
  if (node.inputs.size() < 3 || node.inputs[2] == kNoValue) return true;
  if (!passes::is_constant(graph, node.inputs[2])) return false;
  const std::int64_t size = element_count(graph[node.inputs[2]].shape);
  return size == 1 ||
         size == graph[node.outputs[0]]
                     .shape[static_cast<std::size_t>(channel_axis(node, graph[node.outputs[0]].shape))];
}

class Walk {
 public:
  Walk(const Graph& graph, const Placement& placement, const std::vector<Levels>& levels,
       const Samples& samples, const QuantizeOptions& options, QuantizeReport& report)
      : graph_(graph),
        placement_(placement),
        levels_(levels),
        options_(options),
        report_(report),
        last_uses_(last_uses(graph)),
        group_of_(graph.values.size()),
        constants_(graph.values.size()),
        clipped_(levels.size(), 0.0),
        sums_(levels.size()) {
    for (std::size_t g = 0; g < placement.groups.size(); ++g) {
      for (const ValueId id : placement.groups[g].origins) group_of_[static_cast<std::size_t>(id)] = g;
    }
    for (std::size_t v = 0; v < graph.values.size(); ++v) {
      if (graph.values[v].constant) constants_[v] = tensor_of(graph.values[v]);
    }
    read_samples(samples);
  }

  Corrections run(const std::function<void()>& step) {
    for (const ValueId id : graph_.inputs) quantize_values(id);
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = graph_.nodes[i];
      if (is_weighted(graph_, node) && placement_.bits[i].activations != 0) {
        layer(i);
      } else {
        compute(node);
      }
      if (!is_known(node.outputs[0])) quantize_values(node.outputs[0]);
      release(i);
      step();
    }
    for (std::size_t g = 0; g < levels_.size(); ++g) report_activations(g);
    return std::move(corrections_);
  }

 private:
  void read_samples(const Samples& samples) {
    const double each = 2 * peak_bytes(graph_, last_uses_);
    const std::size_t room = static_cast<std::size_t>(std::max(1.0, kMemory / std::max(each, 1.0)));
    const std::size_t count = std::min({samples.size(), kMostSamples, room});
    report_.correction_samples = count;
    for (std::size_t i = 0; i < count; ++i) {
      Values values(graph_.values.size());
      std::vector<TensorData> sample = samples[i * samples.size() / count];
      for (std::size_t k = 0; k < graph_.inputs.size(); ++k)
        values[static_cast<std::size_t>(graph_.inputs[k])] = std::move(sample[k]);
      real_.push_back(values);
      quantized_.push_back(std::move(values));
    }
  }

  bool is_known(ValueId id) const { return !constants_[static_cast<std::size_t>(id)].data.empty(); }

  std::vector<const TensorData*> arguments(const Node& node, const Values& values) const {
    std::vector<const TensorData*> found;
    for (const ValueId id : node.inputs) {
      const auto v = static_cast<std::size_t>(id);
      found.push_back(id == kNoValue ? nullptr : is_known(id) ? &constants_[v] : &values[v]);
    }
    return found;
  }

  void compute(const Node& node) {
    const auto out = static_cast<std::size_t>(node.outputs[0]);
    const bool known = std::all_of(node.inputs.begin(), node.inputs.end(),
                                   [&](ValueId id) { return id == kNoValue || is_known(id); });
    if (known) {
      constants_[out] = std::move(evaluate_node(graph_, node, arguments(node, {}))[0]);
      return;
    }
    for (auto* stream : {&real_, &quantized_}) {
      for (Values& values : *stream)
        values[out] = std::move(evaluate_node(graph_, node, arguments(node, values))[0]);
    }
  }

  /// The second network sees a quantized value through its levels.
  void quantize_values(ValueId id) {
    const auto v = static_cast<std::size_t>(id);
    if (!group_of_[v]) return;
    const std::size_t g = *group_of_[v];
    const int bits = placement_.groups[g].bits;
    const float lo = nearest_level(-INFINITY, levels_[g], bits),
                hi = nearest_level(INFINITY, levels_[g], bits);
    for (Values& values : quantized_) {
      const std::vector<float> before = values[v].data;
      for (float& x : values[v].data) {
        clipped_[g] += x < lo - levels_[g].scale / 2 || x > hi + levels_[g].scale / 2 ? 1 : 0;
        x = nearest_level(x, levels_[g], bits);
      }
      sums_[g].add(before, values[v].data);
    }
  }

  void release(std::size_t node) {
    for (std::size_t v = 0; v < last_uses_.size(); ++v) {
      if (last_uses_[v] != node || graph_.values[v].constant) continue;
      if (graph_.is_output(static_cast<ValueId>(v))) continue;
      for (auto* stream : {&real_, &quantized_}) {
        for (Values& values : *stream) values[v] = {};
      }
    }
  }

  QuantizedWeights optimized(const Node& node, const std::vector<std::vector<float>>& rows,
                             const QuantizedWeights& nearest, int bits) const {
    InputMoments moments(graph_, node, quantized_.size());
    for (const Values& values : quantized_) moments.add(*arguments(node, values)[0]);
    QuantizedWeights out{{}, true};
    const std::size_t per_group = rows.size() / moments.groups();
    for (std::size_t g = 0; g < moments.groups(); ++g) {
      const SecondOrder second(moments.moments(g, options_.correct_biases && takes_bias(graph_, node)));
      for (std::size_t r = g * per_group; r < (g + 1) * per_group; ++r) {
        const double scale = options_.per_tensor_weights ? nearest.rows[r].scale : 0;
        out.rows.push_back(second.round(rows[r], weight_limit(bits), scale));
      }
    }
    fill_empty_scales(out.rows);
    return out;
  }

  std::vector<TensorData> results(const Node& node, const TensorData& weights) const {
    std::vector<TensorData> all;
    for (const Values& values : quantized_) {
      auto in = arguments(node, values);
      in[1] = &weights;
      all.push_back(std::move(evaluate_node(graph_, node, in)[0]));
    }
    return all;
  }

  ErrorSums error_of(ValueId id, const std::vector<TensorData>& got) const {
    ErrorSums sums;
    for (std::size_t s = 0; s < got.size(); ++s)
      sums.add(real_[s][static_cast<std::size_t>(id)].data, got[s].data);
    return sums;
  }

  /// Mean by output channel of what the float network has more.
  std::vector<float> missing(const Node& node, const std::vector<TensorData>& got) const {
    const Shape& shape = graph_[node.outputs[0]].shape;
    const twin::AxisSplit split = twin::split_at(shape, channel_axis(node, shape));
    std::vector<double> sums(static_cast<std::size_t>(split.count), 0.0);
    for (std::size_t s = 0; s < got.size(); ++s) {
      const std::vector<float>& wanted = real_[s][static_cast<std::size_t>(node.outputs[0])].data;
      for (std::size_t i = 0; i < wanted.size(); ++i)
        sums[i / static_cast<std::size_t>(split.inner) % sums.size()] +=
            static_cast<double>(wanted[i]) - static_cast<double>(got[s].data[i]);
    }
    const double count = static_cast<double>(split.outer * split.inner) * static_cast<double>(got.size());
    std::vector<float> mean;
    for (const double sum : sums) mean.push_back(static_cast<float>(sum / count));
    return mean;
  }

  void add_to(std::vector<TensorData>& results, const Node& node, const std::vector<float>& additions) const {
    const Shape& shape = graph_[node.outputs[0]].shape;
    const twin::AxisSplit split = twin::split_at(shape, channel_axis(node, shape));
    for (TensorData& result : results) {
      for (std::size_t i = 0; i < result.data.size(); ++i)
        result.data[i] += additions[i / static_cast<std::size_t>(split.inner) % additions.size()];
    }
  }

  /// The step of the quantizer behind a layer and its activation; 0 when there is none.
  const Levels* levels_behind(const Node& node, int* bits) const {
    for (ValueId id = node.outputs[0];;) {
      if (const auto group = group_of_[static_cast<std::size_t>(id)]) {
        *bits = placement_.groups[*group].bits;
        return &levels_[*group];
      }
      const auto readers = graph_.consumers_of(id);
      if (readers.size() != 1) return nullptr;
      const Node& next = graph_.nodes[static_cast<std::size_t>(readers[0])];
      if (next.op != Op::relu && next.op != Op::clip && next.op != Op::minimum) return nullptr;
      id = next.outputs[0];
    }
  }

  void layer(std::size_t index) {
    const Node& node = graph_.nodes[index];
    const auto out = static_cast<std::size_t>(node.outputs[0]);
    const int bits = placement_.bits[index].weights;
    const Value& stored = graph_[node.inputs[1]];
    const RowLayout layout(graph_, node);
    const auto rows = layout.split(stored.constant->floats);
    for (Values& values : real_)
      values[out] = std::move(evaluate_node(graph_, node, arguments(node, values))[0]);

    QuantizedWeights weights = round_to_nearest(rows, bits, options_.per_tensor_weights);
    LayerError error{node.name, bits, 0, 0, false, false, {}, {}};
    const Levels* levels = levels_behind(node, &error.activation_bits);
    const double step = levels ? static_cast<double>(levels->scale) : 0;
    TensorData real{stored.shape, real_weights(layout, weights.rows)};
    std::vector<TensorData> got = results(node, real);
    error.before = error_of(node.outputs[0], got).result(step);
    if (bits <= 4 && options_.rounding == Rounding::optimized) {
      if (InputMoments::possible(graph_, node)) {
        weights = optimized(node, rows, weights, bits);
        real.data = real_weights(layout, weights.rows);
        got = results(node, real);
      } else {
        report_.notes.push_back(
            "'" + node.name +
            "': too many weights per output channel for the second-order rounding; rounded to nearest");
      }
    }
    if (options_.correct_biases && takes_bias(graph_, node)) {
      std::vector<float> additions = missing(node, got);
      add_to(got, node, additions);
      corrections_.bias_additions[index] = std::move(additions);
      error.bias_corrected = true;
    }
    error.after = error_of(node.outputs[0], got).result(step);
    ErrorSums own;
    own.add(stored.constant->floats, real.data);
    error.weight_sqnr_db = own.sqnr_db();
    error.optimized = weights.optimized;
    report_.layers.push_back(error);
    corrections_.weights[index] = std::move(weights);
    for (std::size_t s = 0; s < got.size(); ++s) quantized_[s][out] = std::move(got[s]);
  }

  void report_activations(std::size_t g) {
    const Group& group = placement_.groups[g];
    ActivationError error{graph_[group.origins[0]].name, group.bits, 0, 0, sums_[g].sqnr_db(), 0};
    error.lo = static_cast<double>(nearest_level(-INFINITY, levels_[g], group.bits));
    error.hi = static_cast<double>(nearest_level(INFINITY, levels_[g], group.bits));
    if (sums_[g].count > 0) error.clipped = clipped_[g] / sums_[g].count;
    report_.activations.push_back(error);
  }

  const Graph& graph_;
  const Placement& placement_;
  const std::vector<Levels>& levels_;
  const QuantizeOptions& options_;
  QuantizeReport& report_;
  std::vector<std::size_t> last_uses_;
  std::vector<std::optional<std::size_t>> group_of_;  ///< by value
  Values constants_;
  std::vector<Values> real_, quantized_;  ///< by sample
  std::vector<double> clipped_;           ///< by group
  std::vector<ErrorSums> sums_;           ///< by group
  Corrections corrections_;
};

}  // namespace

Corrections round_and_correct(const Graph& graph, const Placement& placement,
                              const std::vector<Levels>& levels, const Samples& samples,
                              const QuantizeOptions& options, const std::function<void()>& step,
                              QuantizeReport& report) {
  return Walk(graph, placement, levels, samples, options, report).run(step);
}

Corrections round_weights(const Graph& graph, const Placement& placement, bool per_tensor) {
  Corrections corrections;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (!is_weighted(graph, node) || placement.bits[i].activations == 0) continue;
    const auto rows = RowLayout(graph, node).split(graph[node.inputs[1]].constant->floats);
    corrections.weights[i] = round_to_nearest(rows, placement.bits[i].weights, per_tensor);
  }
  return corrections;
}

}  // namespace bulwark::converter::quantize
