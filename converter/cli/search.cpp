// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "converter/cli/calibration.h"
#include "converter/cli/search_report.h"
#include "converter/cli/terminal.h"
#include "converter/cli/verbs.h"
#include "converter/convert.h"
#include "converter/io/file.h"
#include "converter/search/bit_search.h"
#include "converter/write/writer.h"

namespace bulwark::converter::cli {
namespace {

using search::BitSearch;
using search::Budgets;
using search::Costs;
using search::Plan;

struct Options {
  std::string source, table, output, model, html, method = "exact";
  std::vector<std::string> calibration, budgets;
  std::vector<double> mean, deviation;
  std::vector<int> weights = {8, 4, 3, 2}, activations = {8, 4};
  std::size_t samples = 64;
  std::uint32_t seed = 1;
  std::size_t episodes = 600;
  bool json = false;
};

/// "latency=0.55" or "size=20000": up to 1 a share of the fixed 8-bit model, above it the table's unit or
/// bytes.
Budgets budgets_of(const Options& options, const Costs& fixed) {
  Budgets budgets;
  budgets.fill(std::numeric_limits<double>::infinity());
  for (const std::string& text : options.budgets) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const std::string number = equals == std::string::npos ? "" : text.substr(equals + 1);
    char* end = nullptr;
    const double value = std::strtod(number.c_str(), &end);
    const bool complete = !number.empty() && end == number.c_str() + number.size();
    if ((name != "latency" && name != "size") || !complete || !(value > 0)) {
      throw usage_error(fmt::format("--budget {}: must be latency=N or size=N with N above 0", text));
    }
    const std::size_t r = name == "latency" ? 0 : 1;
    budgets[r] = value <= 1 ? value * fixed[r] : value;
  }
  return budgets;
}

BitSearch::Method method_of(const Options& options) {
  if (options.method == "greedy") return search::choose_greedily;
  if (options.method == "random") {
    return [seed = options.seed](const std::vector<search::Item>& items, const Budgets& budgets) {
      constexpr std::size_t kTries = 2000;
      return search::choose_randomly(items, budgets, kTries, seed);
    };
  }
  return search::choose_exactly;
}

/// The plans for budgets between the cheapest and the fixed 8 bits, each measured on the quantized network.
std::vector<FoundPlan> front_of(const BitSearch& search, const BitSearch::Method& method,
                                const Costs& fixed) {
  constexpr int kPoints = 8;
  std::vector<FoundPlan> front;
  const double least = search.least_costs()[0];
  Progress progress("measuring plans");
  for (int i = 0; i <= kPoints; ++i) {
    Budgets budgets;
    budgets.fill(std::numeric_limits<double>::infinity());
    budgets[0] = least + (fixed[0] - least) * i / kPoints;
    const auto plan = search.choose(method, budgets);
    progress(static_cast<std::size_t>(i + 1), kPoints + 1);
    if (!plan || (!front.empty() && search.costs(*plan) == front.back().costs)) continue;
    front.push_back({*plan, search.costs(*plan), search.predicted_damage(*plan), search.damage(*plan)});
  }
  return front;
}

void write_text(const std::string& text, const std::string& file) {
  io::write_atomically({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, file);
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
  BitSearch search(graph, samples, table, settings);
  const Costs fixed = search.costs(search.fixed());
  const Budgets budgets = budgets_of(options, fixed);
  {
    Progress progress("measuring sensitivity");
    search.measure([&](std::size_t done, std::size_t total) { progress(done, total); });
  }
  const BitSearch::Method method = method_of(options);
  const auto start = std::chrono::steady_clock::now();
  std::vector<double> rewards;
  std::optional<Plan> plan;
  if (options.method == "rl") {
    Progress progress("training the agent");
    search::AgentOptions agent;
    agent.episodes = options.episodes;
    agent.seed = options.seed;
    plan = search.choose_by_agent(
        budgets, agent, [&](std::size_t done, std::size_t total) { progress(done, total); }, &rewards);
  } else {
    plan = search.choose(method, budgets);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!plan) {
    const Costs least = search.least_costs();
    throw bad_input(
        fmt::format("no plan fits the budget: the cheapest costs {:.0f} {} ({:.3f} of 8 bits) and its "
                    "weights {:.0f} bytes",
                    least[0], table.unit, least[0] / fixed[0], least[1]));
  }
  SearchResult result;
  result.source = options.source;
  result.core = table.core;
  result.path = table.path;
  result.unit = table.unit;
  result.method = options.method;
  result.seconds = seconds;
  result.samples = options.samples;
  result.fixed = {search.fixed(), fixed, 0, search.damage(search.fixed())};
  result.best = {*plan, search.costs(*plan), search.predicted_damage(*plan), search.damage(*plan)};
  result.rewards = std::move(rewards);
  result.front = front_of(search, method, fixed);
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
  verb->add_option("--budget", options->budgets,
                   "latency=N and size=N; up to 1 a share of the model with 8 bits everywhere, above it the\n"
                   "table's unit, or bytes of weights")
      ->required()
      ->type_name("NAME=N")
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
  verb->add_option("--episodes", options->episodes, "of --method rl")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  verb->add_option("--seed", options->seed, "of --method random and rl")->capture_default_str();
  verb->add_option("--samples", options->samples, "samples on which outputs are compared")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  verb->add_option("-o,--plan", options->output, "the plan, for convert --bits")->type_name("PLAN.json");
  verb->add_option("--model", options->model, "the model quantized by the plan")->type_name("MODEL.bwk");
  verb->add_option("--html", options->html, "a page with the front and the bits of every layer")
      ->type_name("F");
  add_json(verb, &options->json);
  verb->callback([=] { *action = [=] { return run_search(*options); }; });
}

}  // namespace bulwark::converter::cli
