// SPDX-License-Identifier: Apache-2.0
#include "converter/search/latency_table.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "converter/error.h"
#include "converter/io/file.h"

namespace bulwark::converter::search {
namespace {

using Json = nlohmann::json;

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  LatencyTable read() {
    const std::vector<std::uint8_t> text = io::read_file(file_);
    Json json;
    try {
      json = Json::parse(text.begin(), text.end());
    } catch (const Json::parse_error& error) {
      throw bad_input(fmt::format("'{}': byte {}: not JSON", file_, error.byte));
    }
    if (!json.is_object() || json.value("format", Json()) != "bulwark.latency-table")
      refuse("is not a latency table (bulwark_bench bench --table makes one)");
    if (json.value("version", Json()) != 1)
      refuse(fmt::format("version {} of the table's form is not known, only 1",
                         json.value("version", Json()).dump()));
    if (json.value("complete", Json()) != true)
      refuse("is not complete: the run that made it was interrupted, run it again to go on");
    LatencyTable table;
    table.unit = text_of(json, "unit");
    table.core = text_of(json, "core");
    table.path = text_of(json, "path");
    table.per_run = cost_of(member(json, "overhead", "the table"), "per_run", "overhead");
    const Json& layers = member(json, "layers", "the table");
    if (!layers.is_array()) refuse("layers is not a list");
    for (std::size_t i = 0; i < layers.size(); ++i) read_layer(layers[i], fmt::format("layer {}", i), table);
    return table;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw bad_input(fmt::format("'{}': {}", file_, what));
  }

  const Json& member(const Json& object, const char* name, const std::string& where) const {
    if (!object.is_object() || !object.contains(name)) refuse(fmt::format("{} has no \"{}\"", where, name));
    return object[name];
  }
  std::string text_of(const Json& object, const char* name) const {
    const Json& value = member(object, name, "the table");
    if (!value.is_string()) refuse(fmt::format("\"{}\" is {}, must be a text", name, value.dump()));
    return value.get<std::string>();
  }
  double cost_of(const Json& object, const char* name, const std::string& where) const {
    const Json& value = member(object, name, where);
    if (!value.is_number() || !std::isfinite(value.get<double>()) || value.get<double>() < 0)
      refuse(fmt::format("{}: \"{}\" is {}, must be a number of at least 0", where, name, value.dump()));
    return value.get<double>();
  }
  int bits_of(const Json& object, const char* name, const std::string& where) const {
    const Json& value = member(object, name, where);
    const bool fits =
        value.is_number_integer() && value.get<std::int64_t>() >= 0 && value.get<std::int64_t>() <= 32;
    if (!fits) refuse(fmt::format("{}: \"{}\" is {}, must be 0..32", where, name, value.dump()));
    return value.get<int>();
  }

  void read_layer(const Json& layer, const std::string& where, LatencyTable& table) const {
    const Json& key = member(layer, "key", where);
    if (!key.is_string()) refuse(fmt::format("{}: \"key\" is not a text", where));
    auto& costs = table.layers[key.get<std::string>()];
    if (!costs.empty()) refuse(fmt::format("{}: its key '{}' stands twice", where, key.get<std::string>()));
    const Json& entries = member(layer, "costs", where);
    if (!entries.is_array()) refuse(fmt::format("{}: costs is not a list", where));
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const std::string at = fmt::format("{}, cost {}", where, i);
      const std::pair bits{bits_of(entries[i], "weight_bits", at),
                           bits_of(entries[i], "activation_bits", at)};
      if (!costs.emplace(bits, cost_of(entries[i], "cost", at)).second)
        refuse(fmt::format("{}: weights of {} and activations of {} bits stand twice", at, bits.first,
                           bits.second));
    }
  }

  std::string file_;
};

}  // namespace

double LatencyTable::cost(const std::string& key, int weights, int activations) const {
  const auto found = layers.find(key);
  if (found == layers.end() || found->second.empty()) return -1;
  const auto& costs = found->second;
  if (costs.size() == 1) return costs.begin()->second;
  const std::pair<const std::pair<int, int>, double>* best = nullptr;
  for (const auto& entry : costs) {
    if (entry.first.first < weights || entry.first.second < activations) continue;
    if (!best || entry.first < best->first) best = &entry;
  }
  return best ? best->second : -1;
}

LatencyTable read_latency_table(const std::string& file) { return Reader(file).read(); }

}  // namespace bulwark::converter::search
