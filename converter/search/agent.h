// SPDX-License-Identifier: Apache-2.0
// HAQ's agent (Wang et al. 2019, arXiv 1811.08886, section 3): deep deterministic policy gradients (Lillicrap
// et al. 2016) that give one layer after another a width, and learn from what the whole plan is worth. For
// comparison with the exact choice.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

namespace bulwark::converter::search {

/// One width to be decided. The agent sees the features (each scaled to 0..1 over all decisions), where in
/// the order the decision stands, and its own action before.
struct Decision {
  std::array<double, 8> features{};
  std::vector<int> widths;  ///< ascending, at least one
};

struct AgentOptions {
  std::size_t episodes = 600, warm_up = 20;  ///< of random actions
  std::uint32_t seed = 1;
  int hidden = 300;
};

struct AgentResult {
  std::vector<int> widths;      ///< of the best episode; empty: no plan fits
  std::vector<double> rewards;  ///< by episode
};

/// `fits` says whether a plan is within the budget; a plan that is not is walked back: from the last decision
/// to the first, again and again, each takes its next smaller width until it fits. `reward` is of a plan that
/// fits.
AgentResult train_agent(const std::vector<Decision>& decisions,
                        const std::function<bool(const std::vector<int>&)>& fits,
                        const std::function<double(const std::vector<int>&)>& reward,
                        const AgentOptions& options,
                        const std::function<void(std::size_t, std::size_t)>& progress = {});

}  // namespace bulwark::converter::search
