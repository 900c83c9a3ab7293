// SPDX-License-Identifier: Apache-2.0
// predict: what a table says a whole network costs, and how far that is from the truth.
#include <cstdio>
#include <optional>

#include "bench/commands.h"
#include "bench/device.h"
#include "bench/json.h"
#include "bench/latency_table.h"
#include "bench/meter.h"
#include "bench/model_file.h"

namespace bulwark::bench {
namespace {

constexpr double kLongestRunSeconds = 60;

struct LayerShare {
  std::string name, key;
  LayerWidths widths, entry;
  double cost = 0;
  bool known = true;  ///< false: works on 16-bit elements, of which no table has a cost
};

/// Throws Failure (bad_input) naming every layer that the table lacks.
std::vector<LayerShare> look_up(const schema::VerifiedModel& model, const LatencyTable& table,
                                const std::string& file) {
  std::vector<LayerShare> shares;
  std::string missing;
  for (std::int32_t op = 0; op < model.operator_count(); ++op) {
    LayerShare share{std::string(model.op(op).name), key_of(model, op), widths_of(model, op), {}, 0, true};
    if (!can_stand_alone(model, op)) {
      share.known = false;
      shares.push_back(std::move(share));
      continue;
    }
    // 9-bit weights run as wide as 8-bit ones, on kernels of their own that no table measures.
    if (share.widths.weights == 9) share.widths.weights = 8;
    const TableLayer* layer = table.find(share.key);
    const LayerCost* cost = layer != nullptr ? layer->covering(share.widths) : nullptr;
    if (cost == nullptr) {
      missing += "\n  layer " + std::to_string(op) + " '" + share.name + "': " + share.key + ", weights of " +
                 std::to_string(share.widths.weights) + " bits, activations of " +
                 std::to_string(share.widths.activations);
      continue;
    }
    share.cost = cost->cost;
    share.entry = cost->widths;
    shares.push_back(std::move(share));
  }
  if (!missing.empty()) {
    throw Failure{Exit::bad_input,
                  file + ": has no cost for" + missing +
                      (table.complete ? "" : "\nthe table is not complete: run bench --table again")};
  }
  return shares;
}

std::optional<double> measured_cost(const Arguments& arguments, const ModelFile& model,
                                    const LatencyTable& table) {
  if (!arguments.table.cost_command.empty())
    return command_meter(arguments.table.cost_command)->read(model.bytes()).cost;
  if (!arguments.measure) return std::nullopt;
  if (table.unit != "ns") {
    throw Failure{Exit::usage,
                  "--measure takes nanoseconds, the table holds " + table.unit + ": give --cost-command"};
  }
  return clock_meter(arguments, kLongestRunSeconds)->read(model.bytes()).cost;
}

std::string json_of(const std::vector<LayerShare>& shares) {
  std::vector<std::string> texts;
  for (const LayerShare& share : shares) {
    Json one;
    one.add("layer", share.name).add("key", share.key);
    if (share.known) {
      one.add("cost", share.cost);
    } else {
      one.raw("cost", "null");
    }
    one.add("weight_bits", share.entry.weights).add("activation_bits", share.entry.activations);
    texts.push_back(one.text());
  }
  return json_list(texts);
}

}  // namespace

Exit predict_command(const Arguments& arguments) {
  if (!arguments.cores.empty())
    pin_to(choose_cores(find_device(SystemFiles(arguments.system_root)), arguments.cores));
  const LatencyTable table = LatencyTable::read(arguments.table.file);
  const ModelFile model(arguments.model);
  const std::vector<LayerShare> shares = look_up(model.model(), table, arguments.table.file);
  double predicted = table.per_run;
  for (const LayerShare& share : shares) predicted += share.cost;
  const std::optional<double> measured = measured_cost(arguments, model, table);
  if (arguments.json) {
    Json report;
    report.add("format", "bulwark.prediction").add("version", 1).add("model", arguments.model);
    report.add("table", arguments.table.file)
        .add("unit", table.unit)
        .add("core", table.core)
        .add("path", table.path);
    report.add("obtained", "sum of the table's costs: " + table.obtained).add("predicted", predicted);
    if (measured) report.add("measured", *measured).add("ratio", predicted / *measured);
    std::printf("%s\n", report.raw("layers", json_of(shares)).text().c_str());
    return Exit::done;
  }
  std::printf("%14s  %-5s %s\n", table.unit.c_str(), "bits", "layer");
  for (const LayerShare& share : shares) {
    if (!share.known) {
      std::printf("%14s         %s: 16-bit elements, counted as nothing\n", "unknown", share.name.c_str());
      continue;
    }
    std::printf("%14.0f  w%da%d  %s\n", share.cost, share.entry.weights, share.entry.activations,
                share.name.c_str());
  }
  std::printf("%14.0f  of a run by itself\n%14.0f  predicted on %s (%s)\n", table.per_run, predicted,
              table.core.c_str(), table.path.c_str());
  if (measured) {
    std::printf("%14.0f  measured, the prediction is %+.1f %% off\n", *measured,
                100 * (predicted / *measured - 1));
  }
  return Exit::done;
}

}  // namespace bulwark::bench
