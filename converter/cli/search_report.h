// SPDX-License-Identifier: Apache-2.0
// What search found, as text and as a page with pictures.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "converter/search/bit_search.h"

namespace bulwark::converter::cli {

/// A plan, what it costs, and what it does to the outputs: as predicted, and, unless that was left out, as
/// measured on the quantized network.
struct FoundPlan {
  search::Plan plan;
  search::Costs costs{};
  double predicted = 0;
  std::optional<search::Damage> damage;
};

struct SearchResult {
  std::string source, core, path, unit, method, front_method, sensitivity;
  double seconds = 0;  ///< of the choice itself
  std::size_t samples = 0;
  std::size_t sensitivities = 0;  ///< that were measured; the others come from a file
  FoundPlan fixed, best;
  std::vector<FoundPlan> candidates;  ///< those measured, `best` first; empty: none was
  std::vector<double> rewards{};      ///< of the agent's episodes
  std::vector<FoundPlan> front;  ///< the best plans of front_method for several budgets of latency, ascending
};

nlohmann::ordered_json plan_json(const search::Plan& plan);  ///< as convert --bits takes it
nlohmann::ordered_json to_json(const SearchResult& result);
std::string to_text(const SearchResult& result, const search::BitSearch& search);
/// A self-contained page: divergence and agreement against latency, and the bits of every layer as bars.
std::string to_html(const SearchResult& result, const search::BitSearch& search);

}  // namespace bulwark::converter::cli
