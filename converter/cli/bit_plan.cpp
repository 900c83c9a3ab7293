// SPDX-License-Identifier: Apache-2.0
// PLAN.json of convert --bits.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "converter/cli/calibration.h"
#include "converter/error.h"
#include "converter/io/file.h"

namespace bulwark::converter::cli {
namespace {

using Json = nlohmann::json;

/// Those whose bits a plan may name: layers with weights, and sums, whose activations have bits.
std::vector<std::string> nameable_layers(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) {
    const bool weighted = node.op == Op::conv || node.op == Op::gemm || node.op == Op::matmul;
    if (weighted || node.op == Op::add) names.push_back(node.name);
  }
  return names;
}

class PlanReader {
 public:
  PlanReader(const Graph& graph, std::string file, const quantize::LayerBits& otherwise)
      : file_(std::move(file)), layers_(nameable_layers(graph)), otherwise_(otherwise) {}

  std::map<std::string, quantize::LayerBits> read() {
    const std::vector<std::uint8_t> text = io::read_file(file_);
    Json plan;
    try {
      plan = Json::parse(text.begin(), text.end());
    } catch (const Json::parse_error& error) {
      throw bad_input(fmt::format("'{}': byte {}: not JSON", file_, error.byte));
    }
    if (!plan.is_object() || !plan.contains("layers") || !plan["layers"].is_object()) {
      throw bad_input(fmt::format("'{}': no object \"layers\"", file_));
    }
    for (const auto& [key, value] : plan.items()) {
      if (key != "layers") complain(fmt::format("unknown key \"{}\"", key));
    }
    std::map<std::string, quantize::LayerBits> bits;
    for (const auto& [layer, value] : plan["layers"].items()) bits[layer] = read_layer(layer, value);
    if (!complaints_.empty()) throw bad_input(fmt::format("{}", fmt::join(complaints_, "\n")));
    return bits;
  }

 private:
  void complain(const std::string& what) { complaints_.push_back(fmt::format("'{}': {}", file_, what)); }

  quantize::LayerBits read_layer(const std::string& layer, const Json& value) {
    quantize::LayerBits bits = otherwise_;
    if (std::find(layers_.begin(), layers_.end(), layer) == layers_.end()) {
      complain(
          fmt::format("layer '{}' is not in the model; its layers are: {}", layer, fmt::join(layers_, ", ")));
    } else if (!value.is_object()) {
      complain(
          fmt::format("layer '{}': an object like {{\"weights\": 4, \"activations\": 4}} expected", layer));
    } else {
      for (const auto& [key, number] : value.items()) {
        if (key == "weights") {
          bits.weights = width(layer, key, number, {0, 2, 3, 4, 8});
        } else if (key == "activations") {
          bits.activations = width(layer, key, number, {0, 2, 3, 4, 5, 6, 7, 8});
        } else {
          complain(fmt::format("layer '{}': unknown key \"{}\"", layer, key));
        }
      }
    }
    return bits;
  }

  int width(const std::string& layer, const std::string& key, const Json& number,
            const std::vector<int>& allowed) {
    for (const int bits : allowed) {
      if (number.is_number_integer() && number == bits) return bits;
    }
    complain(fmt::format("layer '{}': \"{}\" is {}, must be one of {} (0: float)", layer, key, number.dump(),
                         fmt::join(allowed, ", ")));
    return 0;
  }

  std::string file_;
  std::vector<std::string> layers_;
  quantize::LayerBits otherwise_;
  std::vector<std::string> complaints_;
};

}  // namespace

std::map<std::string, quantize::LayerBits> load_bit_plan(const Graph& graph, const std::string& file,
                                                         const quantize::LayerBits& otherwise) {
  return PlanReader(graph, file, otherwise).read();
}

}  // namespace bulwark::converter::cli
