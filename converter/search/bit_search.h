// SPDX-License-Identifier: Apache-2.0
// Which widths every layer of a float model takes, by what a latency table says they cost and by what they do
// to the model's outputs (the question of HAQ, Wang et al. 2019, arXiv 1811.08886, answered exactly for
// additive damage).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "converter/quantize/quantize.h"
#include "converter/search/agent.h"
#include "converter/search/certified_margin.h"
#include "converter/search/choice.h"
#include "converter/search/latency_table.h"
#include "converter/search/sensitivities.h"

namespace bulwark::converter::search {

using Plan = std::map<std::string, quantize::LayerBits>;  ///< by node name, as convert --bits takes it

/// What a width is judged by.
enum class Objective : std::uint8_t {
  divergence,  ///< from the float model's outputs
  attacked,    ///< cross entropy of the labels on attacked samples
  certified,   ///< the certified lead of the first class, which is to be large
};

struct SearchOptions {
  std::vector<int> weights = {8, 4, 3, 2}, activations = {8, 4};
  Objective objective = Objective::divergence;
  std::vector<std::int64_t> labels;    ///< of the samples; may be empty but for `attacked`
  quantize::Samples attacked;          ///< the same samples after an attack; for `attacked`
  std::int32_t eps = 8;                ///< of certificates, in steps of the input; for `certified`
  quantize::QuantizeOptions quantize;  ///< of the model that is written; bits and layers are the search's own
  std::size_t samples = 64;            ///< of the calibration data that outputs are compared on
};

/// What a plan does to the float model's outputs, over the samples.
struct Damage {
  double divergence = 0;  ///< mean Kullback-Leibler divergence from the float outputs' softmax, in nats
  double agreement = 1;   ///< share of samples with the float model's label
  std::optional<double> accuracy;                          ///< with labels
  std::optional<double> attacked_loss, attacked_accuracy;  ///< with attacked samples: nats, share
  std::optional<CertifiedMargin> certified;
};

struct Layer {
  std::string name, key;
  bool weighted = false;
  int input = -1;  ///< activations it reads: index of a group, or -1: always 8 bits
  std::int64_t parameters = 0;
  std::array<double, 6>
      shape{};  ///< depthwise, input channels, output channels, stride, kernel, input elements
};

/// Activations that share their levels, and the layers that write them.
struct Group {
  std::vector<std::string> writers;
};

/// The optimized float graph and everything that is measured of it once.
class BitSearch {
 public:
  using Progress = std::function<void(std::size_t done, std::size_t total)>;

  /// Throws Error: layers that the table does not have, all of them by their keys.
  /// `energy` may be null.
  BitSearch(const Graph& graph, const quantize::Samples& samples, const LatencyTable& table,
            const LatencyTable* energy, SearchOptions options);

  /// What numbers of sensitivities have to be of, to be this search's.
  MeasuredOn measured_on() const;
  /// Measures what every width of every layer's weights and of every group does by itself. What `known` has
  /// is not measured again; what is measured goes into it, and `keep` (may be empty) is called after each.
  /// Throws Error. Returns how many were measured.
  std::size_t measure(const Progress& progress, Sensitivities* known, const std::function<void()>& keep = {});

  /// Plans within the budgets, ascending in summed damage; none where no plan fits.
  using Method = std::function<std::vector<Choice>(const std::vector<Item>&, const Budgets&)>;
  std::vector<Plan> choose(const Method& method, const Budgets& budgets) const;

  /// The plan that HAQ's agent finds: the reward of a plan is minus its predicted damage, over that of the
  /// cheapest plan. `rewards` (may be null) gets one for each episode.
  std::optional<Plan> choose_by_agent(const Budgets& budgets, const AgentOptions& agent,
                                      const Progress& progress, std::vector<double>* rewards) const;

  /// What the table says of a plan, and the bytes of its weights.
  Costs costs(const Plan& plan) const;
  /// The least that any plan costs, each resource by itself. measure() came before.
  Costs least_costs() const;
  /// The sum of the measured damages of a plan's widths: what the search minimizes.
  double predicted_damage(const Plan& plan) const;
  /// Quantizes the model by the plan and compares it with the float one.
  Damage damage(const Plan& plan, quantize::Rounding rounding = quantize::Rounding::optimized) const;
  /// The number that the objective makes of a damage; less is better.
  double value(const Damage& damage) const;
  /// Every layer and every group at 8 bits.
  Plan fixed() const;

  const std::vector<Layer>& layers() const { return layers_; }
  const std::vector<Group>& groups() const { return groups_; }

 private:
  struct Part {  ///< one group and the layers that read it, or the layers that read no group
    int group = -1;
    std::vector<std::size_t> readers;
  };
  struct PartItem {
    Item item;
    std::vector<Plan> plans;
  };
  void find_layers();
  PartItem item_of(const Part& part) const;
  std::vector<PartItem> part_items() const;
  Costs per_run() const;  ///< of a network, besides its layers
  double weight_damage(std::size_t layer, int bits) const;
  double group_damage(int group, int bits) const;
  Costs layer_costs(std::size_t layer, int weights, int activations) const;
  /// The layers that the table lacks, by name and key; empty where it has all.
  std::string missing_from(const LatencyTable& table) const;

  const Graph& graph_;
  const quantize::Samples& samples_;
  const LatencyTable& table_;
  const LatencyTable* energy_;
  SearchOptions options_;
  std::vector<Layer> layers_;
  std::vector<Group> groups_;
  std::string fixed_model_;                    ///< SHA-256 of the file with 8 bits everywhere
  std::vector<std::vector<float>> reference_;  ///< the float model's outputs, by sample
  std::map<std::pair<std::size_t, int>, double> weight_damage_;
  std::map<std::pair<int, int>, double> group_damage_;
};

}  // namespace bulwark::converter::search
