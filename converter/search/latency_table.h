// SPDX-License-Identifier: Apache-2.0
// A latency table as bench/latency-table.schema.json describes it, as far as a search needs it.
#pragma once

#include <map>
#include <string>
#include <utility>

namespace bulwark::converter::search {

struct LatencyTable {
  std::string unit, core, path;  ///< unit: "ns" or "cycles"
  double per_run = 0;            ///< of a network, besides its layers
  /// By layer key (schema/layer_key.h), then by weight bits and bits of the layer's input.
  std::map<std::string, std::map<std::pair<int, int>, double>> layers;

  /// The cost of a layer: of the pair itself or, between two, of the next greater widths. Negative: the table
  /// has no such layer.
  double cost(const std::string& key, int weights, int activations) const;
};

/// Throws Error (io, bad_input) that names the file and what is wrong where.
LatencyTable read_latency_table(const std::string& file);

}  // namespace bulwark::converter::search
