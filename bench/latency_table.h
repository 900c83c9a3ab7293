// SPDX-License-Identifier: Apache-2.0
// The table of latency-table.schema.json: what the layers of some models cost on one core.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/layer_model.h"

namespace bulwark::bench {

struct LayerCost {
  LayerWidths widths;
  double cost = 0, spread = 0;
  std::int64_t samples = 1;
  std::string kernel;
};

struct LayerUser {
  std::string model, layer;
  bool operator==(const LayerUser&) const = default;
};

struct TableLayer {
  std::string key;
  std::int64_t macs = 0;
  std::vector<LayerUser> used_by;
  std::vector<LayerCost> costs;
  /// The entry of exactly these widths, or null.
  const LayerCost* exact(LayerWidths widths) const;
  /// The entry that a layer of these widths goes by: the least ones that are not smaller, weights first. Null
  /// when there is none.
  const LayerCost* covering(LayerWidths widths) const;
};

struct LatencyTable {
  std::string unit = "ns";  ///< or "cycles", or "nJ" in a table of energy
  std::string obtained;
  std::string device;  ///< JSON
  std::string core, path;
  std::int32_t threads = 1;
  bool complete = false;
  std::vector<TableLayer> layers;
  double per_run = 0;

  TableLayer* find(const std::string& key);
  const TableLayer* find(const std::string& key) const;

  /// One line per layer's head and per cost.
  std::string json() const;
  /// Throws Failure (bad_input) that names `where` and what is missing or wrong: another format or version,
  /// a key or a pair that comes twice, negative costs.
  static LatencyTable parse(const std::string& text, const std::string& where);
  /// Throws Failure (io) too.
  static LatencyTable read(const std::string& file);
};

}  // namespace bulwark::bench
