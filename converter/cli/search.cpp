// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "converter/cli/calibration.h"
#include "converter/cli/search_report.h"
#include "converter/cli/terminal.h"
#include "converter/cli/verbs.h"
#include "converter/convert.h"
#include "converter/error.h"
#include "converter/io/file.h"
#include "converter/io/npy.h"
#include "converter/search/bit_search.h"
#include "converter/write/writer.h"

namespace bulwark::converter::cli {
namespace {

using search::BitSearch;
using search::Budgets;
using search::Costs;
using search::Plan;

struct Options {
  std::string source, table, energy_table, output, model, html, labels, attacked, sensitivities;
  std::string method = "exact", sensitivity = "divergence";
  std::vector<std::string> calibration, budgets;
  std::vector<double> mean, deviation;
  std::vector<int> weights = {8, 4, 3, 2}, activations = {8, 4};
  std::size_t samples = 64, candidates = 16, points = 9;
  std::int32_t eps = 8;
  std::uint32_t seed = 1;
  std::size_t episodes = 600;
  bool json = false;
};

/// A budget as it is written: "0.6x" (of the latency with 8 bits everywhere), "12ms", "200kB", "3mJ", or
/// "latency=N", "size=N", "energy=N", where N up to 1 is a share of the model with 8 bits everywhere and
/// above it the table's unit, bytes, nanojoules.
struct BudgetText {
  search::Resource resource = search::kLatency;
  double value = 0;
  bool share = false;
};

struct BudgetUnit {
  const char* suffix;
  search::Resource resource;
  double factor;           ///< to the table's unit, bytes or nanojoules; 0: a share
  const char* table_unit;  ///< that the latency table must have, or null
};
constexpr BudgetUnit kBudgetUnits[] = {
    {"x", search::kLatency, 0, nullptr},   {"cycles", search::kLatency, 1, "cycles"},
    {"ms", search::kLatency, 1e6, "ns"},   {"us", search::kLatency, 1e3, "ns"},
    {"ns", search::kLatency, 1, "ns"},     {"kB", search::kSize, 1e3, nullptr},
    {"MB", search::kSize, 1e6, nullptr},   {"B", search::kSize, 1, nullptr},
    {"mJ", search::kEnergy, 1e6, nullptr}, {"uJ", search::kEnergy, 1e3, nullptr},
    {"nJ", search::kEnergy, 1, nullptr},
};

[[noreturn]] void refuse_budget(const std::string& text, const std::string& why) {
  throw usage_error(fmt::format("--budget {}: {}", text, why));
}

BudgetText read_budget(const std::string& text, const std::string& table_unit) {
  constexpr const char* kForms =
      "must be latency=N, size=N or energy=N with N above 0, or a number with its unit: 0.6x, 12ms, 200kB, "
      "3mJ";
  const std::size_t equals = text.find('=');
  const std::string number = equals == std::string::npos ? text : text.substr(equals + 1);
  char* end = nullptr;
  BudgetText budget;
  budget.value = std::strtod(number.c_str(), &end);
  if (number.empty() || end == number.c_str() || !(budget.value > 0)) refuse_budget(text, kForms);
  const std::string unit = end;
  if (equals != std::string::npos) {
    const std::string name = text.substr(0, equals);
    const char* const names[] = {"latency", "size", "energy"};
    const auto* found = std::find(std::begin(names), std::end(names), name);
    if (found == std::end(names) || !unit.empty()) refuse_budget(text, kForms);
    budget.resource = static_cast<search::Resource>(found - std::begin(names));
    budget.share = budget.value <= 1;
    return budget;
  }
  for (const BudgetUnit& known : kBudgetUnits) {
    if (unit != known.suffix) continue;
    if (known.table_unit && table_unit != known.table_unit)
      refuse_budget(text, fmt::format("the table's costs are in {}, not in {}", table_unit, unit));
    budget.resource = known.resource;
    budget.share = known.factor == 0;
    if (!budget.share) budget.value *= known.factor;
    return budget;
  }
  refuse_budget(text, kForms);
}

Budgets budgets_of(const Options& options, const std::string& table_unit, const Costs& fixed) {
  Budgets budgets = search::no_budgets();
  for (const std::string& text : options.budgets) {
    const BudgetText budget = read_budget(text, table_unit);
    if (budget.resource == search::kEnergy && options.energy_table.empty())
      refuse_budget(text, "needs --energy-table");
    budgets[budget.resource] = budget.share ? budget.value * fixed[budget.resource] : budget.value;
  }
  return budgets;
}

BitSearch::Method method_of(const Options& options) {
  using Items = std::vector<search::Item>;
  const auto at_most_one = [](const std::optional<search::Choice>& choice) {
    return choice ? std::vector{*choice} : std::vector<search::Choice>{};
  };
  if (options.method == "greedy") {
    return [=](const Items& items, const Budgets& budgets) {
      return at_most_one(search::choose_greedily(items, budgets));
    };
  }
  if (options.method == "random") {
    return [=, seed = options.seed, tries = options.episodes](const Items& items, const Budgets& budgets) {
      return at_most_one(search::choose_randomly(items, budgets, tries, seed));
    };
  }
  return [count = std::max<std::size_t>(options.candidates, 1)](const Items& items, const Budgets& budgets) {
    return search::choose_candidates(items, budgets, count);
  };
}

FoundPlan predicted(const BitSearch& search, const Plan& plan) {
  return {plan, search.costs(plan), search.predicted_damage(plan), std::nullopt};
}
FoundPlan measured(const BitSearch& search, const Plan& plan) {
  FoundPlan found = predicted(search, plan);
  found.damage = search.damage(plan);
  return found;
}

/// The candidates as measured on the quantized network, the best of them first.
std::vector<FoundPlan> measure_candidates(const BitSearch& search, const std::vector<Plan>& plans) {
  Progress progress("measuring candidates");
  std::vector<FoundPlan> found;
  for (const Plan& plan : plans) {
    found.push_back(measured(search, plan));
    progress(found.size(), plans.size());
  }
  std::stable_sort(found.begin(), found.end(), [&](const FoundPlan& a, const FoundPlan& b) {
    return search.value(*a.damage) < search.value(*b.damage);
  });
  return found;
}

/// The plans for budgets between the cheapest and the fixed 8 bits, each measured on the quantized network.
std::vector<FoundPlan> front_of(const BitSearch& search, const BitSearch::Method& method, const Costs& fixed,
                                std::size_t points) {
  std::vector<FoundPlan> front;
  const double least = search.least_costs()[0];
  Progress progress("measuring plans");
  for (std::size_t i = 0; i < points; ++i) {
    Budgets budgets = search::no_budgets();
    const double share = points == 1 ? 1 : static_cast<double>(i) / static_cast<double>(points - 1);
    budgets[0] = least + (fixed[0] - least) * share;
    const std::vector<Plan> plans = search.choose(method, budgets);
    progress(i + 1, points);
    if (plans.empty() || (!front.empty() && search.costs(plans[0]) == front.back().costs)) continue;
    front.push_back(measured(search, plans[0]));
  }
  return front;
}

/// The samples' labels and attacked twins, as far as they are given.
void read_objective(const Options& options, const Graph& graph, const Normalization& normalization,
                    search::SearchOptions* settings) {
  settings->objective = options.sensitivity == "attacked"    ? search::Objective::attacked
                        : options.sensitivity == "certified" ? search::Objective::certified
                                                             : search::Objective::divergence;
  settings->eps = options.eps;
  if (!options.labels.empty()) settings->labels = io::read_npy(options.labels).as_ints();
  if (!options.attacked.empty()) {
    quantize::QuantizeOptions same_range;
    settings->attacked = load_calibration(graph, {options.attacked}, normalization, &same_range);
  }
  if (settings->objective != search::Objective::attacked) return;
  if (options.labels.empty() || options.attacked.empty())
    throw usage_error("--sensitivity attacked needs --labels and --attacked");
}

search::LatencyTable read_energy_table(const std::string& file) {
  search::LatencyTable table = search::read_latency_table(file);
  if (table.unit != "nJ")
    throw bad_input(fmt::format("'{}': its costs are in {}, an energy table's are in nJ", file, table.unit));
  return table;
}

/// Takes from the file what it has of this search's, and keeps there what is measured: a search that is
/// interrupted goes on. Returns how many were measured.
std::size_t measure_sensitivities(const Options& options, BitSearch* search) {
  search::Sensitivities known;
  std::function<void()> keep;
  if (!options.sensitivities.empty()) {
    known = search::read_sensitivities(options.sensitivities, search->measured_on());
    keep = [&] { search::write_sensitivities(known, options.sensitivities); };
  }
  Progress progress("measuring sensitivity");
  return search->measure([&](std::size_t done, std::size_t total) { progress(done, total); }, &known, keep);
}

Exit run_search(const Options& options) {
  Graph graph = import_source(options.source);
  passes::optimize(graph);
  if (!quantize::is_float_graph(graph)) {
    throw bad_input(fmt::format("'{}' is quantized already: its bits are given, there is nothing to search",
                                options.source));
  }
  search::SearchOptions settings;
  settings.weights = options.weights;
  settings.activations = options.activations;
  settings.samples = options.samples;
  Normalization normalization;
  if (!options.mean.empty() || !options.deviation.empty()) {
    normalization = {options.mean.empty() ? std::vector<double>{0.0} : options.mean,
                     options.deviation.empty() ? std::vector<double>{1.0} : options.deviation};
  }
  const quantize::Samples samples =
      load_calibration(graph, options.calibration, normalization, &settings.quantize);
  const search::LatencyTable table = search::read_latency_table(options.table);
  std::optional<search::LatencyTable> energy;
  if (!options.energy_table.empty()) energy = read_energy_table(options.energy_table);
  read_objective(options, graph, normalization, &settings);
  BitSearch search(graph, samples, table, energy ? &*energy : nullptr, settings);
  const Costs fixed = search.costs(search.fixed());
  const Budgets budgets = budgets_of(options, table.unit, fixed);
  const std::size_t sensitivities = measure_sensitivities(options, &search);
  const BitSearch::Method method = method_of(options);
  const auto start = std::chrono::steady_clock::now();
  std::vector<double> rewards;
  std::vector<Plan> plans;
  if (options.method == "rl") {
    Progress progress("training the agent");
    search::AgentOptions agent;
    agent.episodes = options.episodes;
    agent.seed = options.seed;
    if (const auto plan = search.choose_by_agent(
            budgets, agent, [&](std::size_t done, std::size_t total) { progress(done, total); }, &rewards))
      plans.push_back(*plan);
  } else {
    plans = search.choose(method, budgets);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (plans.empty()) {
    const Costs least = search.least_costs();
    throw bad_input(
        fmt::format("no plan fits the budget: the cheapest costs {:.0f} {} ({:.3f} of 8 bits), its weights "
                    "{:.0f} bytes{}",
                    least[0], table.unit, least[0] / fixed[0], least[1],
                    energy ? fmt::format(", its energy {:.0f} nJ", least[2]) : ""));
  }
  SearchResult result;
  result.source = options.source;
  result.core = table.core;
  result.path = table.path;
  result.unit = table.unit;
  result.method = options.method;
  result.seconds = seconds;
  result.samples = options.samples;
  result.sensitivity = options.sensitivity;
  result.sensitivities = sensitivities;
  if (options.candidates > 0) {
    result.fixed = measured(search, search.fixed());
    result.candidates = measure_candidates(search, plans);
    result.best = result.candidates.front();
  } else {
    result.fixed = predicted(search, search.fixed());
    result.best = predicted(search, plans.front());
  }
  result.rewards = std::move(rewards);
  // The agent would have to learn anew for each budget.
  result.front_method = options.method == "rl" ? "exact" : options.method;
  result.front = front_of(search, method, fixed, options.points);
  if (!options.output.empty()) write_text(plan_json(result.best.plan).dump(2) + "\n", options.output);
  if (!options.model.empty()) {
    ConvertOptions convert_with;
    convert_with.quantize = settings.quantize;
    convert_with.quantize.first_last_8bit = false;
    convert_with.quantize.layers = result.best.plan;
    convert_with.calibration = samples;
    write::write_file(convert(std::move(graph), options.source, convert_with).spec, options.model);
  }
  if (!options.html.empty()) write_text(to_html(result, search), options.html);
  options.json ? print(to_json(result)) : print(to_text(result, search));
  return Exit::done;
}

}  // namespace

void add_search(CLI::App& app, Action* action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb =
      app.add_subcommand("search", "Choose the bits of every layer of a float model by a latency table");
  verb->add_option("source", options->source, "float model")->required()->type_name("SOURCE.{onnx,tflite}");
  verb->add_option("--calibrate", options->calibration, "samples, as in convert; once per input, in order")
      ->required()
      ->type_name("FILE.npy|DIR")
      ->allow_extra_args(false);
  verb->add_option("--mean", options->mean, "as in convert")->delimiter(',')->type_name("M");
  verb->add_option("--std", options->deviation, "as in convert")->delimiter(',')->type_name("S");
  verb->add_option("--table", options->table,
                   "what layers cost: made by bulwark_bench bench --table on the device, or bench/tables")
      ->required()
      ->type_name("TABLE.json");
  verb->add_option("--energy-table", options->energy_table,
                   "what layers cost in nanojoules: bulwark_bench bench --table F --table-of energy")
      ->type_name("TABLE.json");
  verb->add_option(
          "--budget", options->budgets,
          "0.6x of the latency with 8 bits everywhere, 12ms, 500000cycles, 200kB of weights, 3mJ; or\n"
          "latency=N, size=N, energy=N: up to 1 a share of 8 bits everywhere, above it the table's unit,\n"
          "bytes, nanojoules. May be given once for each of them")
      ->required()
      ->type_name("BUDGET")
      ->allow_extra_args(false);
  verb->add_option("--weights", options->weights, "widths that weights may have, besides 8")
      ->delimiter(',')
      ->check(CLI::IsMember({8, 4, 3, 2}))
      ->capture_default_str();
  verb->add_option("--activations", options->activations, "widths that activations may have, besides 8")
      ->delimiter(',')
      ->check(CLI::Range(2, 8))
      ->capture_default_str();
  verb->add_option(
          "--method", options->method,
          "exact: least summed damage of all plans; for comparison greedy, random, and rl, HAQ's agent")
      ->check(CLI::IsMember({"exact", "greedy", "random", "rl"}))
      ->capture_default_str();
  verb->add_option(
          "--candidates", options->candidates,
          "of --method exact: so many of the best plans are measured on the quantized network; 0, of any\n"
          "method: the one with the best prediction is taken unmeasured")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  verb->add_option(
          "--sensitivity", options->sensitivity,
          "what widths are judged by: divergence from the float outputs; attacked: cross entropy on\n"
          "--attacked; certified: the lead that certificates of --eps prove")
      ->check(CLI::IsMember({"divergence", "attacked", "certified"}))
      ->capture_default_str();
  verb->add_option("--sensitivities", options->sensitivities,
                   "keeps what widths do by themselves, which takes most of a search: what the file has of\n"
                   "this model, these samples and this measure is not measured again")
      ->type_name("FILE.json");
  verb->add_option("--labels", options->labels, "of the samples: accuracies are told too")
      ->type_name("Y.npy");
  verb->add_option("--attacked", options->attacked, "the samples after an attack")->type_name("A.npy");
  verb->add_option("--eps", options->eps, "of certificates, in steps of the input")
      ->check(CLI::Range(0, 255))
      ->capture_default_str();
  verb->add_option("--episodes", options->episodes, "plans that --method rl and random try")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  verb->add_option("--seed", options->seed, "of --method random and rl")->capture_default_str();
  verb->add_option("--samples", options->samples, "samples on which outputs are compared")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  verb->add_option("-o,--model", options->model, "the model quantized by the plan")->type_name("MODEL.bwk");
  verb->add_option("--plan", options->output, "the plan, for convert --bits and for retraining")
      ->type_name("PLAN.json");
  verb->add_option(
          "--front,--html", options->html,
          "a page with the front (of the method; for rl the exact method's), the chosen plan on it and the\n"
          "bits of every layer")
      ->type_name("F");
  verb->add_option(
          "--points", options->points,
          "budgets of latency, from the cheapest plan to 8 bits everywhere, for which the front's plans\n"
          "are found and measured")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  add_json(verb, &options->json);
  verb->callback([=] { *action = [=] { return run_search(*options); }; });
}

}  // namespace bulwark::converter::cli
