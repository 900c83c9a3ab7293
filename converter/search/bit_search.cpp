// SPDX-License-Identifier: Apache-2.0
#include "converter/search/bit_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "converter/error.h"
#include "converter/passes/passes.h"
#include "converter/search/fingerprint.h"
#include "converter/write/writer.h"
#include "schema/layer_key.h"

namespace bulwark::converter::search {
namespace {

using schema::OperatorKind;

/// Operators whose output has the levels of their inputs.
bool keeps_levels(OperatorKind kind) {
  switch (kind) {
    case OperatorKind::max_pool_2d:
    case OperatorKind::reshape:
    case OperatorKind::transpose:
    case OperatorKind::concat:
    case OperatorKind::pad:
    case OperatorKind::slice:
    case OperatorKind::gather:
    case OperatorKind::clip:
      return true;
    default:
      return false;
  }
}

bool is_linear(OperatorKind kind) {
  return kind == OperatorKind::conv_2d || kind == OperatorKind::fully_connected;
}

class Sets {
 public:
  explicit Sets(std::size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  std::size_t find(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parent_[find(b)] = find(a); }

 private:
  std::vector<std::size_t> parent_;
};

std::vector<double> softmax(const std::vector<float>& x) {
  const double largest = static_cast<double>(*std::max_element(x.begin(), x.end()));
  std::vector<double> p;
  double total = 0;
  for (const float v : x) total += p.emplace_back(std::exp(static_cast<double>(v) - largest));
  for (double& v : p) v /= total;
  return p;
}

/// Outputs that are probabilities already stay as they are.
std::vector<double> probabilities(const std::vector<float>& x) {
  double total = 0;
  bool positive = true;
  for (const float v : x) total += static_cast<double>(v), positive = positive && v >= 0;
  if (!positive || std::abs(total - 1) > 0.02) return softmax(x);
  std::vector<double> p(x.begin(), x.end());
  for (double& v : p) v /= total;
  return p;
}

constexpr double kLeastProbability = 1e-9;

double divergence(const std::vector<float>& wanted, const std::vector<float>& got) {
  const std::vector<double> p = probabilities(wanted), q = probabilities(got);
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p[i] > 0) sum += p[i] * std::log(p[i] / std::max(q[i], kLeastProbability));
  }
  return std::max(sum, 0.0);
}

std::size_t label(const std::vector<float>& x) {
  return static_cast<std::size_t>(std::max_element(x.begin(), x.end()) - x.begin());
}

}  // namespace

BitSearch::BitSearch(const Graph& graph, const quantize::Samples& samples, const LatencyTable& table,
                     const LatencyTable* energy, SearchOptions options)
    : graph_(graph), samples_(samples), table_(table), energy_(energy), options_(std::move(options)) {
  if (!graph.states.empty()) throw bad_input("models that keep states can not be searched");
  for (std::vector<int>* widths : {&options_.weights, &options_.activations}) {
    widths->push_back(8);
    std::sort(widths->begin(), widths->end(), std::greater<>());
    widths->erase(std::unique(widths->begin(), widths->end()), widths->end());
  }
  options_.quantize.first_last_8bit = false;
  options_.quantize.measured = std::make_shared<std::shared_ptr<const quantize::MeasuredRanges>>();
  options_.samples = std::min(options_.samples, samples.size());
  if (options_.objective == Objective::attacked &&
      (options_.attacked.size() < options_.samples || options_.labels.empty()))
    throw bad_input("accuracy under attack needs labels and an attacked sample for each sample");
  if (!options_.labels.empty() && options_.labels.size() < options_.samples)
    throw bad_input(fmt::format("{} label(s) for {} sample(s)", options_.labels.size(), options_.samples));
  find_layers();
  for (const LatencyTable* needed : {&table_, energy_}) {
    const std::string missing = needed ? missing_from(*needed) : std::string();
    if (missing.empty()) continue;
    throw bad_input(
        fmt::format("the {} table has no costs of these layers (convert the model with 8 bits and "
                    "measure it into the table: bulwark_bench bench MODEL.bwk --table FILE):{}",
                    needed == energy_ ? "energy" : "latency", missing));
  }
  const Evaluator twin(graph);
  for (std::size_t s = 0; s < options_.samples; ++s) reference_.push_back(twin.run(samples[s]).at(0).data);
}

void BitSearch::find_layers() {
  Graph quantized = graph_;
  quantize::QuantizeOptions plain = options_.quantize;
  plain.bits = {8, 8};
  plain.layers.clear();
  plain.correct_biases = false;
  quantize::quantize_graph(quantized, samples_, plain);
  passes::optimize(quantized);
  const std::vector<std::uint8_t> bytes = write::serialize(passes::lower(quantized));
  fixed_model_ = Fingerprint().add(bytes).text();
  schema::VerifiedModel model;
  schema::VerifyError error;
  if (!schema::VerifiedModel::verify(bytes, {false}, &model, &error)) throw bad_input(error.message);

  std::set<std::string> nameable;
  for (const Node& node : graph_.nodes) {
    if (node.op == Op::conv || node.op == Op::gemm || node.op == Op::matmul || node.op == Op::add)
      nameable.insert(node.name);
  }
  Sets sets(static_cast<std::size_t>(model.tensor_count()));
  for (std::int32_t i = 0; i < model.operator_count(); ++i) {
    const schema::OperatorView op = model.op(i);
    if (!keeps_levels(op.kind)) continue;
    for (const std::int32_t input : op.inputs)
      sets.join(static_cast<std::size_t>(op.outputs[0]), static_cast<std::size_t>(input));
  }
  std::map<std::size_t, Group> found;
  std::set<std::size_t> fixed;  // written by something whose bits no plan can name
  for (const std::int32_t input : model.inputs()) fixed.insert(sets.find(static_cast<std::size_t>(input)));
  for (std::int32_t i = 0; i < model.operator_count(); ++i) {
    const schema::OperatorView op = model.op(i);
    if (keeps_levels(op.kind)) continue;
    const std::size_t set = sets.find(static_cast<std::size_t>(op.outputs[0]));
    const std::string name(op.name);
    if (model.tensor(op.outputs[0]).type != schema::ElementType::s8 || !nameable.count(name)) {
      fixed.insert(set);
    } else {
      found[set].writers.push_back(name);
    }
  }
  std::map<std::size_t, int> group_of;
  for (const auto& [set, group] : found) {
    if (fixed.count(set)) continue;
    group_of[set] = static_cast<int>(groups_.size());
    groups_.push_back(group);
  }
  for (std::int32_t i = 0; i < model.operator_count(); ++i) {
    const schema::OperatorView op = model.op(i);
    Layer layer;
    layer.name = op.name;
    layer.weighted = is_linear(op.kind) && nameable.count(layer.name) &&
                     op.linear.weights.format != schema::WeightFormat::f32;
    layer.key.resize(schema::kMaxLayerKeyBytes);
    layer.key.resize(schema::layer_key(model, i, layer.key.data(), layer.key.size()));
    if (layer.weighted) {
      const schema::TensorView in = model.tensor(op.inputs[0]), out = model.tensor(op.outputs[0]);
      layer.shape = {op.linear.groups > 1 ? 1.0 : 0.0,
                     static_cast<double>(in.shape.back()),
                     static_cast<double>(out.shape.back()),
                     static_cast<double>(op.linear.stride_h),
                     static_cast<double>(op.linear.kernel_h * op.linear.kernel_w),
                     static_cast<double>(in.elements())};
      layer.parameters = std::int64_t{op.linear.weights.rows} * op.linear.weights.row_elements;
    }
    const auto group = group_of.find(sets.find(static_cast<std::size_t>(op.inputs[0])));
    if (group != group_of.end()) layer.input = group->second;
    layers_.push_back(std::move(layer));
  }
}

std::string BitSearch::missing_from(const LatencyTable& table) const {
  std::string missing;
  for (const Layer& layer : layers_) {
    if (table.cost(layer.key, layer.weighted ? 8 : 0, 8) < 0)
      missing += fmt::format("\n  '{}': {}", layer.name, layer.key);
  }
  return missing;
}

Plan BitSearch::fixed() const {
  Plan plan;
  for (const Layer& layer : layers_) {
    if (layer.weighted) plan[layer.name] = {8, 8};
  }
  for (const Group& group : groups_) {
    for (const std::string& writer : group.writers) plan[writer] = {8, 8};
  }
  return plan;
}

Damage BitSearch::damage(const Plan& plan, quantize::Rounding rounding) const {
  Graph graph = graph_;
  quantize::QuantizeOptions options = options_.quantize;
  options.bits = {8, 8};
  options.layers = plan;
  options.rounding = rounding;
  if (rounding == quantize::Rounding::nearest) options.correct_biases = false;
  quantize::quantize_graph(graph, samples_, options);
  const Evaluator twin(graph);
  Damage damage;
  damage.agreement = 0;
  const bool attacked = options_.objective == Objective::attacked;
  if (!options_.labels.empty()) damage.accuracy = 0;
  if (attacked) damage.attacked_loss = damage.attacked_accuracy = 0;
  const double share = 1 / static_cast<double>(options_.samples);
  for (std::size_t s = 0; s < options_.samples; ++s) {
    const std::vector<float> got = twin.run(samples_[s]).at(0).data;
    damage.divergence += share * divergence(reference_[s], got);
    damage.agreement += share * (label(got) == label(reference_[s]));
    if (!damage.accuracy) continue;
    const auto right = static_cast<std::size_t>(options_.labels[s]);
    *damage.accuracy += share * (label(got) == right);
    if (!attacked) continue;
    const std::vector<float> moved = twin.run(options_.attacked[s]).at(0).data;
    *damage.attacked_loss -= share * std::log(std::max(probabilities(moved).at(right), kLeastProbability));
    *damage.attacked_accuracy += share * (label(moved) == right);
  }
  if (options_.objective == Objective::certified)
    damage.certified = certified_margin(graph, samples_, options_.samples, options_.eps);
  return damage;
}

double BitSearch::value(const Damage& damage) const {
  switch (options_.objective) {
    case Objective::attacked:
      return damage.attacked_loss.value();
    case Objective::certified:
      return -damage.certified.value().margin;
    default:
      return damage.divergence;
  }
}

MeasuredOn BitSearch::measured_on() const {
  Fingerprint samples;
  samples.add(samples_, samples_.size()).add(fixed_model_);
  for (const auto& [name, range] : options_.quantize.input_ranges)
    samples.add(name).add(std::vector{range.first, range.second});
  std::string measure = fmt::format("divergence on {} samples", options_.samples);
  if (options_.objective == Objective::attacked) {
    Fingerprint read;
    read.add(options_.attacked, options_.samples).add(options_.labels);
    measure = fmt::format("cross entropy on {} attacked samples, {}", options_.samples, read.text());
  } else if (options_.objective == Objective::certified) {
    measure = fmt::format("certified lead at {} steps on {} samples", options_.eps, options_.samples);
  }
  return {Fingerprint().add(graph_).text(), samples.text(), measure};
}

std::size_t BitSearch::measure(const Progress& progress, Sensitivities* known,
                               const std::function<void()>& keep) {
  std::size_t total = 1, done = 0, made = 0;
  for (const Layer& layer : layers_) total += layer.weighted ? options_.weights.size() - 1 : 0;
  total += groups_.size() * (options_.activations.size() - 1);
  const Plan plain = fixed();
  const auto measured = [&](const Sensitivities::Key& key, const Plan& plan) {
    auto found = known->values.find(key);
    if (found == known->values.end()) {
      found = known->values.emplace(key, value(damage(plan, quantize::Rounding::nearest))).first;
      ++made;
      if (keep) keep();
    }
    if (progress) progress(++done, total);
    return found->second;
  };
  const double least = measured({Subject::everything, "", 8}, plain);
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    if (!layers_[l].weighted) continue;
    for (const int bits : options_.weights) {
      if (bits == 8) continue;
      Plan plan = plain;
      plan[layers_[l].name].weights = bits;
      weight_damage_[{l, bits}] =
          std::max(measured({Subject::weights, layers_[l].name, bits}, plan) - least, 0.0);
    }
  }
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    for (const int bits : options_.activations) {
      if (bits == 8) continue;
      Plan plan = plain;
      for (const std::string& writer : groups_[g].writers) plan[writer].activations = bits;
      group_damage_[{static_cast<int>(g), bits}] =
          std::max(measured({Subject::activations, groups_[g].writers[0], bits}, plan) - least, 0.0);
    }
  }
  return made;
}

double BitSearch::weight_damage(std::size_t layer, int bits) const {
  return bits == 8 ? 0 : weight_damage_.at({layer, bits});
}
double BitSearch::group_damage(int group, int bits) const {
  return bits == 8 ? 0 : group_damage_.at({group, bits});
}
Costs BitSearch::layer_costs(std::size_t layer, int weights, int activations) const {
  const Layer& l = layers_[layer];
  const int stored = l.weighted ? weights : 0;
  return {table_.cost(l.key, stored, activations), std::ceil(static_cast<double>(l.parameters * weights) / 8),
          energy_ ? energy_->cost(l.key, stored, activations) : 0};
}

/// The layers that read one group are free of each other once its bits are chosen.
BitSearch::PartItem BitSearch::item_of(const Part& part) const {
  PartItem made;
  const std::vector<int> fixed_bits = {8};
  for (const int a : part.group < 0 ? fixed_bits : options_.activations) {
    std::vector<Item> items;
    std::vector<std::pair<std::size_t, std::vector<int>>> widths;
    for (const std::size_t l : part.readers) {
      Item item;
      widths.push_back({l, layers_[l].weighted ? options_.weights : fixed_bits});
      for (const int w : widths.back().second) {
        item.push_back({layer_costs(l, w, a), layers_[l].weighted ? weight_damage(l, w) : 0});
      }
      items.push_back(std::move(item));
    }
    const Combined all = combine(items);
    for (std::size_t p = 0; p < all.item.size(); ++p) {
      Plan plan;
      for (std::size_t i = 0; i < widths.size(); ++i) {
        const Layer& layer = layers_[widths[i].first];
        if (layer.weighted) plan[layer.name].weights = widths[i].second[all.options[p][i]];
      }
      if (part.group >= 0) {
        for (const std::string& writer : groups_[static_cast<std::size_t>(part.group)].writers)
          plan[writer + "\n"].activations = a;  // set apart from the weights until all parts are joined
      }
      Option option = all.item[p];
      if (part.group >= 0) option.damage += group_damage(part.group, a);
      made.item.push_back(option);
      made.plans.push_back(std::move(plan));
    }
  }
  return made;
}

std::vector<BitSearch::PartItem> BitSearch::part_items() const {
  std::map<int, Part> parts;
  for (std::size_t g = 0; g < groups_.size(); ++g) parts[static_cast<int>(g)].group = static_cast<int>(g);
  for (std::size_t l = 0; l < layers_.size(); ++l) parts[layers_[l].input].readers.push_back(l);
  std::vector<PartItem> made;
  for (const auto& [key, part] : parts) made.push_back(item_of(part));
  return made;
}

std::vector<Plan> BitSearch::choose(const Method& method, const Budgets& budgets) const {
  const std::vector<PartItem> made = part_items();
  std::vector<Item> items{{{per_run(), 0}}};
  for (const PartItem& part : made) items.push_back(part.item);
  std::vector<Plan> plans;
  for (const Choice& choice : method(items, budgets)) {
    Plan plan = fixed();
    for (std::size_t i = 0; i < made.size(); ++i) {
      for (const auto& [name, bits] : made[i].plans[choice.options[i + 1]]) {
        if (name.back() == '\n') {
          plan[name.substr(0, name.size() - 1)].activations = bits.activations;
        } else {
          plan[name].weights = bits.weights;
        }
      }
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

Costs BitSearch::costs(const Plan& plan) const {
  Costs total = per_run();
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    const int weights = layer.weighted ? plan.at(layer.name).weights : 0;
    const int activations =
        layer.input < 0 ? 8 : plan.at(groups_[static_cast<std::size_t>(layer.input)].writers[0]).activations;
    const Costs own = layer_costs(l, weights, activations);
    for (std::size_t r = 0; r < kResources; ++r) total[r] += own[r];
  }
  return total;
}

Costs BitSearch::least_costs() const {
  Costs least = per_run();
  for (const PartItem& part : part_items()) {
    for (std::size_t r = 0; r < kResources; ++r) {
      const auto cheapest =
          std::min_element(part.item.begin(), part.item.end(),
                           [r](const Option& x, const Option& y) { return x.cost[r] < y.cost[r]; });
      least[r] += cheapest->cost[r];
    }
  }
  return least;
}

Costs BitSearch::per_run() const { return {table_.per_run, 0, energy_ ? energy_->per_run : 0}; }

double BitSearch::predicted_damage(const Plan& plan) const {
  double total = 0;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    if (layers_[l].weighted) total += weight_damage(l, plan.at(layers_[l].name).weights);
  }
  for (std::size_t g = 0; g < groups_.size(); ++g)
    total += group_damage(static_cast<int>(g), plan.at(groups_[g].writers[0]).activations);
  return total;
}

std::optional<Plan> BitSearch::choose_by_agent(const Budgets& budgets, const AgentOptions& agent,
                                               const Progress& progress, std::vector<double>* rewards) const {
  const auto ascending = [](std::vector<int> widths) {
    std::sort(widths.begin(), widths.end());
    return widths;
  };
  std::vector<Decision> decisions;
  std::vector<std::pair<int, int>> subjects;  // group and weighted layer; one of them is -1
  std::set<int> decided;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    if (!layer.weighted) continue;
    Decision decision;
    std::copy(layer.shape.begin(), layer.shape.end(), decision.features.begin());
    decision.features[6] = std::log2(static_cast<double>(layer.parameters) + 1);
    if (layer.input >= 0 && decided.insert(layer.input).second) {
      decision.widths = ascending(options_.activations);
      subjects.push_back({layer.input, -1});
      decisions.push_back(decision);
    }
    decision.features[7] = 1;
    decision.widths = ascending(options_.weights);
    subjects.push_back({-1, static_cast<int>(l)});
    decisions.push_back(decision);
  }
  const auto plan_of = [&](const std::vector<int>& widths) {
    Plan plan = fixed();
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (subjects[i].first < 0) {
        plan[layers_[static_cast<std::size_t>(subjects[i].second)].name].weights = widths[i];
      } else {
        for (const std::string& writer : groups_[static_cast<std::size_t>(subjects[i].first)].writers)
          plan[writer].activations = widths[i];
      }
    }
    return plan;
  };
  std::vector<int> smallest;
  for (const Decision& decision : decisions) smallest.push_back(decision.widths.front());
  const double unit = std::max(predicted_damage(plan_of(smallest)), 1e-12);
  const auto fits = [&](const std::vector<int>& widths) {
    const Costs spent = costs(plan_of(widths));
    for (std::size_t r = 0; r < kResources; ++r) {
      if (spent[r] > budgets[r] * (1 + 1e-12)) return false;
    }
    return true;
  };
  const AgentResult found = train_agent(
      decisions, fits,
      [&](const std::vector<int>& widths) { return -predicted_damage(plan_of(widths)) / unit; }, agent,
      progress);
  if (rewards) *rewards = found.rewards;
  if (found.widths.empty()) return std::nullopt;
  return plan_of(found.widths);
}

}  // namespace bulwark::converter::search
