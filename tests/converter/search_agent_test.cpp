// SPDX-License-Identifier: Apache-2.0
// HAQ's agent on a problem whose best plan is known.
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "converter/search/agent.h"

using namespace bulwark::converter::search;

namespace {

constexpr int kDecisions = 6;

/// Some decisions cost much and matter little: those with the larger feature.
std::vector<Decision> decisions() {
  std::vector<Decision> all;
  for (int i = 0; i < kDecisions; ++i) {
    Decision decision;
    decision.features[0] = i % 2;
    decision.widths = {2, 4, 8};
    all.push_back(decision);
  }
  return all;
}

double cost(const std::vector<int>& widths) {
  double total = 0;
  for (int i = 0; i < kDecisions; ++i) total += widths[static_cast<std::size_t>(i)] * (i % 2 ? 3 : 1);
  return total;
}

double reward(const std::vector<int>& widths) {
  double damage = 0;
  for (int i = 0; i < kDecisions; ++i)
    damage += std::pow(2.0, -widths[static_cast<std::size_t>(i)]) * (i % 2 ? 0.2 : 1);
  return -damage;
}

bool fits(const std::vector<int>& widths) { return cost(widths) <= 48; }

}  // namespace

TEST_CASE("Search: the agent stays within the budget, repeats itself, and its plans get better") {
  AgentOptions options;
  options.hidden = 32;
  options.episodes = 240;
  const AgentResult result = train_agent(decisions(), fits, reward, options);
  REQUIRE(result.rewards.size() == options.episodes);
  REQUIRE(result.widths.size() == kDecisions);
  CHECK(fits(result.widths));
  CHECK(reward(result.widths) == *std::max_element(result.rewards.begin(), result.rewards.end()));
  // The best plan: 8 bits for the cheap ones, and what is left (24 of 72 in steps of 3) for the dear ones.
  CHECK(reward(result.widths) >= reward({8, 4, 8, 2, 8, 2}) - 1e-12);
  const auto mean = [&](std::size_t from, std::size_t to) {
    return std::accumulate(result.rewards.begin() + static_cast<std::ptrdiff_t>(from),
                           result.rewards.begin() + static_cast<std::ptrdiff_t>(to), 0.0) /
           static_cast<double>(to - from);
  };
  CHECK(mean(200, 240) > mean(0, options.warm_up));
  CHECK(train_agent(decisions(), fits, reward, options).rewards == result.rewards);
  options.seed = 2;
  CHECK(train_agent(decisions(), fits, reward, options).rewards != result.rewards);
}

TEST_CASE("Search: the agent says so when no plan fits") {
  CHECK(train_agent(decisions(), [](const auto&) { return false; }, reward, {}).widths.empty());
}
