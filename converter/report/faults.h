// SPDX-License-Identifier: Apache-2.0
// What faults tells about a model.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace bulwark::converter::report {

/// All runs at one rate of flips.
struct FaultLevel {
  double rate = 0;
  std::int64_t trials = 0,
               refused = 0;  ///< faulty models, and those that the verifier refused; weights alone
  std::int64_t flips = 0;    ///< in all
  std::int64_t runs = 0;     ///< of faulty models that were not refused
  std::int64_t right_without = 0, right_with = 0;  ///< without and with clip bounds
  std::int64_t noticed = 0;                        ///< runs in which clip bounds cut something
  std::int64_t changed = 0,
               changed_noticed = 0;  ///< runs whose label without bounds is not that of a clean run
};

struct FaultReport {
  std::string model, path, flips;  ///< flips: "activations" or "weights"
  double clip_eps = 0;
  std::uint64_t seed = 0;
  std::int64_t samples = 0;
  std::vector<FaultLevel> levels;  ///< the first has the rate 0
};

std::string to_text(const FaultReport& report);
nlohmann::ordered_json to_json(const FaultReport& report);
std::string to_html(const FaultReport& report);

}  // namespace bulwark::converter::report
