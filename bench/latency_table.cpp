// SPDX-License-Identifier: Apache-2.0
#include "bench/latency_table.h"

#include <algorithm>

#include "bench/failure.h"
#include "bench/files.h"
#include "bench/json.h"
#include "bench/json_value.h"

namespace bulwark::bench {
namespace {

constexpr const char* kFormat = "bulwark.latency-table";
constexpr std::int64_t kVersion = 1;

std::string json_of(const LayerCost& cost) {
  Json object;
  object.add("weight_bits", cost.widths.weights).add("activation_bits", cost.widths.activations);
  object.add("cost", cost.cost)
      .add("spread", cost.spread)
      .add("samples", cost.samples)
      .add("kernel", cost.kernel);
  return object.text();
}

/// The lines between brackets, at an indentation.
std::string lines(const std::vector<std::string>& texts, const char* indentation) {
  std::string all = "[";
  for (const std::string& text : texts)
    all += (all.size() > 1 ? ",\n" : "\n") + std::string(indentation) + text;
  return all + "]";
}

std::string json_of(const TableLayer& layer) {
  std::vector<std::string> users, costs;
  for (const LayerUser& user : layer.used_by) {
    users.push_back(Json().add("model", user.model).add("layer", user.layer).text());
  }
  for (const LayerCost& cost : layer.costs) costs.push_back(json_of(cost));
  return Json()
      .add("key", layer.key)
      .add("macs", layer.macs)
      .raw("used_by", json_list(users))
      .raw("costs", lines(costs, "   "))
      .text();
}

double not_negative(const JsonValue& object, const char* key, const std::string& where) {
  const double value = object.number(key, where);
  if (value < 0) throw Failure{Exit::bad_input, where + ": '" + key + "' is negative"};
  return value;
}

std::int32_t whole_within(const JsonValue& object, const char* key, std::int64_t lo, std::int64_t hi,
                          const std::string& where) {
  const std::int64_t value = object.whole(key, where);
  if (value < lo || value > hi) {
    throw Failure{Exit::bad_input, where + ": '" + key + "' is " + std::to_string(value) + ", must be " +
                                       std::to_string(lo) + ".." + std::to_string(hi)};
  }
  return static_cast<std::int32_t>(value);
}

LayerCost cost_of(const JsonValue& object, const std::string& where) {
  LayerCost cost;
  cost.widths.weights = whole_within(object, "weight_bits", 0, 32, where);
  cost.widths.activations = whole_within(object, "activation_bits", 2, 32, where);
  cost.cost = not_negative(object, "cost", where);
  cost.spread = not_negative(object, "spread", where);
  cost.samples = object.whole("samples", where);
  if (cost.samples < 1) throw Failure{Exit::bad_input, where + ": 'samples' must be at least 1"};
  cost.kernel = object.text("kernel", where);
  return cost;
}

TableLayer layer_of(const JsonValue& object, const std::string& file) {
  TableLayer layer;
  layer.key = object.text("key", file + ": a layer");
  const std::string where = file + ": layer '" + layer.key + "'";
  layer.macs = object.whole("macs", where);
  for (const JsonValue& user : object.list("used_by", where)) {
    layer.used_by.push_back({user.text("model", where), user.text("layer", where)});
  }
  for (const JsonValue& one : object.list("costs", where)) {
    LayerCost cost = cost_of(one, where);
    if (layer.exact(cost.widths) != nullptr) {
      throw Failure{Exit::bad_input, where + ": weight_bits " + std::to_string(cost.widths.weights) +
                                         " with activation_bits " + std::to_string(cost.widths.activations) +
                                         " comes twice"};
    }
    layer.costs.push_back(std::move(cost));
  }
  return layer;
}

}  // namespace

const LayerCost* TableLayer::exact(LayerWidths widths) const {
  const auto found =
      std::find_if(costs.begin(), costs.end(), [&](const LayerCost& c) { return c.widths == widths; });
  return found == costs.end() ? nullptr : &*found;
}

const LayerCost* TableLayer::covering(LayerWidths widths) const {
  const LayerCost* best = nullptr;
  for (const LayerCost& cost : costs) {
    const bool covers =
        cost.widths.weights >= widths.weights && cost.widths.activations >= widths.activations;
    const auto order = [](const LayerCost& c) { return 64 * c.widths.weights + c.widths.activations; };
    if (covers && (best == nullptr || order(cost) < order(*best))) best = &cost;
  }
  return best;
}

TableLayer* LatencyTable::find(const std::string& key) {
  const auto found =
      std::find_if(layers.begin(), layers.end(), [&](const TableLayer& l) { return l.key == key; });
  return found == layers.end() ? nullptr : &*found;
}

const TableLayer* LatencyTable::find(const std::string& key) const {
  return const_cast<LatencyTable*>(this)->find(key);
}

std::string LatencyTable::json() const {
  std::vector<std::string> texts;
  for (const TableLayer& layer : layers) texts.push_back(json_of(layer));
  Json table;
  table.add("format", kFormat).add("version", kVersion).add("unit", unit).add("obtained", obtained);
  table.raw("device", device)
      .add("core", core)
      .add("path", path)
      .add("threads", threads)
      .add("complete", complete);
  table.raw("overhead", Json().add("per_run", per_run).text());
  return table.raw("layers", lines(texts, "  ")).text() + "\n";
}

LatencyTable LatencyTable::parse(const std::string& text, const std::string& where) {
  const JsonValue root = JsonValue::parse(text, where);
  if (root.find("format") == nullptr || root.text("format", where) != kFormat) {
    throw Failure{Exit::bad_input, where + ": is no latency table"};
  }
  if (root.whole("version", where) != kVersion) {
    throw Failure{Exit::bad_input, where + ": is a latency table of version " +
                                       root.at("version", where).json() + ", this program reads version " +
                                       std::to_string(kVersion)};
  }
  LatencyTable table;
  table.unit = root.text("unit", where);
  if (table.unit != "ns" && table.unit != "cycles" && table.unit != "nJ") {
    throw Failure{Exit::bad_input, where + ": the unit is '" + table.unit + "', must be ns, cycles or nJ"};
  }
  table.obtained = root.text("obtained", where);
  table.device = root.at("device", where).json();
  table.core = root.text("core", where);
  table.path = root.text("path", where);
  table.threads = whole_within(root, "threads", 0, 64, where);
  table.complete = root.boolean("complete", where);
  table.per_run = not_negative(root.at("overhead", where), "per_run", where + ": overhead");
  for (const JsonValue& object : root.list("layers", where)) {
    TableLayer layer = layer_of(object, where);
    if (table.find(layer.key) != nullptr)
      throw Failure{Exit::bad_input, where + ": layer '" + layer.key + "' comes twice"};
    table.layers.push_back(std::move(layer));
  }
  return table;
}

LatencyTable LatencyTable::read(const std::string& file) {
  const Bytes bytes = read_file(file);
  return parse(std::string(bytes.begin(), bytes.end()), file);
}

}  // namespace bulwark::bench
