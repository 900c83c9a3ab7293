// SPDX-License-Identifier: Apache-2.0
#include "converter/quantize/quantize.h"

#include <algorithm>
#include <map>

#include "converter/error.h"
#include "converter/quantize/correct.h"
#include "converter/quantize/equalize.h"
#include "converter/quantize/placement.h"
#include "converter/quantize/ranges.h"
#include "converter/quantize/states.h"
#include "converter/quantize/write_quantizers.h"

namespace bulwark::converter::quantize {
namespace {

using Progress = std::function<void(std::size_t, std::size_t)>;

/// Runs every sample once and shows each origin's values to `visit`.
class Calibration {
 public:
  Calibration(const Graph& graph, const Placement& placement, const Samples& samples,
              const std::function<void()>& step)
      : graph_(graph), samples_(samples), twin_(graph), step_(step) {
    for (std::size_t g = 0; g < placement.groups.size(); ++g) {
      for (const ValueId id : placement.groups[g].origins) group_of_[id] = g;
    }
  }

  template <typename Visit>
  void run(const Visit& visit) {
    for (std::size_t s = 0; s < samples_.size(); ++s) {
      try {
        run_sample(samples_[s], visit);
      } catch (const Error& error) {
        throw Error(error.code(), "calibration sample " + std::to_string(s) + ": " + error.what());
      }
      step_();
    }
  }

 private:
  template <typename Visit>
  void run_sample(const Samples::Sample& sample, const Visit& visit) {
    twin_.run(sample, [&](const Graph&, ValueId id, const TensorData& tensor) {
      const auto group = group_of_.find(id);
      if (group != group_of_.end()) visit(group->second, tensor.data);
    });
    for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
      const auto group = group_of_.find(graph_.inputs[i]);
      if (group != group_of_.end()) visit(group->second, sample[i].data);
    }
  }

  const Graph& graph_;
  const Samples& samples_;
  const Evaluator twin_;
  const std::function<void()>& step_;
  std::map<ValueId, std::size_t> group_of_;
};

void check_options(const QuantizeOptions& options) {
  const auto check = [](const std::string& where, const LayerBits& bits) {
    const bool weights =
        bits.weights == 0 || bits.weights == 2 || bits.weights == 3 || bits.weights == 4 || bits.weights == 8;
    if (!weights)
      throw usage_error(where + ": weights have 8, 4, 3 or 2 bits, not " + std::to_string(bits.weights));
    if (bits.activations != 0 && (bits.activations < 2 || bits.activations > 8)) {
      throw usage_error(where + ": activations have 2 to 8 bits, not " + std::to_string(bits.activations));
    }
  };
  check("quantization", options.bits);
  for (const auto& [layer, bits] : options.layers) check("layer '" + layer + "'", bits);
  if (!(options.percentile > 50 && options.percentile <= 100)) {
    throw usage_error("the percentile must lie above 50 and be at most 100");
  }
}

/// Every named layer exists.
void check_layers(const Graph& graph, const QuantizeOptions& options) {
  std::string unknown;
  for (const auto& [layer, bits] : options.layers) {
    const bool found = std::any_of(graph.nodes.begin(), graph.nodes.end(),
                                   [&, &name = layer](const Node& node) { return node.name == name; });
    if (!found) unknown += (unknown.empty() ? "'" : ", '") + layer + "'";
  }
  if (!unknown.empty()) throw bad_input("the plan names layers that the model does not have: " + unknown);
}

RangeMethod method_of(const QuantizeOptions& options, const Group& group) {
  if (options.method != RangeMethod::automatic) return options.method;
  return group.bits < 8 ? RangeMethod::mse : RangeMethod::min_max;
}

/// One entry per group; `counts`: with a second pass for histograms.
std::vector<Range> measure_ranges(const Graph& graph, const Placement& placement, const Samples& samples,
                                  bool counts, const std::function<void()>& step) {
  std::vector<Range> ranges(placement.groups.size());
  Calibration calibration(graph, placement, samples, step);
  calibration.run([&](std::size_t group, const std::vector<float>& values) { ranges[group].widen(values); });
  for (std::size_t g = 0; g < ranges.size(); ++g) {
    if (ranges[g].finite()) continue;
    throw bad_input("the calibration data make '" + graph[placement.groups[g].origins[0]].name +
                    "' infinite or not a number");
  }
  if (counts) {
    calibration.run(
        [&](std::size_t group, const std::vector<float>& values) { ranges[group].count(values); });
  }
  return ranges;
}

std::vector<Levels> choose_levels(const Graph& graph, const Placement& placement,
                                  const std::vector<Range>& ranges, const QuantizeOptions& options) {
  std::vector<Levels> levels;
  for (std::size_t g = 0; g < ranges.size(); ++g) {
    const Group& group = placement.groups[g];
    Range::Span span = ranges[g].choose(method_of(options, group), options.percentile, group.bits);
    const auto known = options.input_ranges.find(graph[group.origins[0]].name);
    if (group.origins.size() == 1 && graph.producer_of(group.origins[0]) < 0 &&
        known != options.input_ranges.end())
      span = {std::min(known->second.first, 0.0), std::max(known->second.second, 0.0)};
    levels.push_back(group.unit_interval ? Levels{1.0f / 256, 0}
                     : options.symmetric ? symmetric_levels_of(span, group.bits)
                                         : levels_of(span, group.bits));
  }
  return levels;
}

std::vector<std::vector<ValueId>> origins_of(const Placement& placement) {
  std::vector<std::vector<ValueId>> origins;
  for (const Group& group : placement.groups) origins.push_back(group.origins);
  return origins;
}

}  // namespace

struct MeasuredRanges {
  std::vector<std::vector<ValueId>> origins;  ///< of each group: what the ranges are of
  std::vector<Range> ranges;
};

bool is_float_graph(const Graph& graph) {
  const bool integers = std::any_of(graph.inputs.begin(), graph.inputs.end(),
                                    [&](ValueId id) { return graph[id].type != DType::f32; });
  return !integers && std::none_of(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
    return node.op == Op::quantize || node.op == Op::dequantize;
  });
}

void quantize_graph(Graph& graph, const Samples& given, const QuantizeOptions& options,
                    const Progress& progress, QuantizeReport* report) {
  check_options(options);
  check_layers(graph, options);
  if (given.empty()) throw bad_input("quantization needs at least one calibration sample");
  const Samples samples = graph.states.empty() ? given : with_states(graph, given);
  QuantizeReport unwanted;
  QuantizeReport& found = report ? *report : unwanted;
  found = {};
  found.samples = samples.size();
  if (options.equalize) found.equalized = equalize(graph);
  const Placement placement = place_quantizers(graph, options);
  const bool counts = std::any_of(placement.groups.begin(), placement.groups.end(), [&](const Group& group) {
    return method_of(options, group) != RangeMethod::min_max;
  });
  std::size_t done = 0;
  const std::size_t total = samples.size() * (counts || options.measured ? 2 : 1) + graph.nodes.size();
  const std::function<void()> step = [&] {
    if (progress) progress(++done, total);
  };
  std::shared_ptr<const MeasuredRanges> measured = options.measured ? *options.measured : nullptr;
  if (!measured || measured->origins != origins_of(placement)) {
    // What is kept serves other methods too.
    const bool all = counts || options.measured;
    measured = std::make_shared<const MeasuredRanges>(
        MeasuredRanges{origins_of(placement), measure_ranges(graph, placement, samples, all, step)});
    if (options.measured) *options.measured = measured;
  }
  const std::vector<Levels> levels = choose_levels(graph, placement, measured->ranges, options);
  const bool plain = !report && !options.correct_biases && options.rounding == Rounding::nearest;
  const Corrections corrections =
      plain ? round_weights(graph, placement, options.per_tensor_weights)
            : round_and_correct(graph, placement, levels, samples, options, step, found);
  write_quantizers(graph, placement, levels, corrections);
  quantize_states(graph);
}

}  // namespace bulwark::converter::quantize
