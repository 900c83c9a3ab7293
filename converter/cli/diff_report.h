// SPDX-License-Identifier: Apache-2.0
// What diff found, and how it is told.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "converter/cli/distance.h"

namespace bulwark::converter::cli {

struct Named {
  std::string name;
  Distance distance;
};

struct Comparison {
  std::int64_t runs = 0;
  std::vector<Named> outputs;
  std::vector<Named> layers;  ///< in the order of execution
};

/// The first layer where the distance grows: its mean distance is at least a twentieth of a step, and at
/// least twice that of every layer before it. Null when there is none.
const Named* first_growth(const Comparison& comparison);

std::string to_text(const Comparison& comparison);
/// "outputs", "layers" and "first_growth" (a name or null).
nlohmann::ordered_json to_json(const Comparison& comparison);
/// One page that refers to nothing outside itself.
std::string to_html(const Comparison& comparison, const std::string& a, const std::string& b);

}  // namespace bulwark::converter::cli
