// SPDX-License-Identifier: Apache-2.0
// One of several options for each item, such that the costs stay within their budgets and the damage is
// least: the choice of bit widths. The exact method is a search over partial plans in order of the items that
// keeps those which no other one beats in every number (Pareto) and whose best completion, bounded by the
// linear relaxation of the multiple-choice knapsack (Sinha and Zoltners 1979), is not worse than a plan
// already known.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace bulwark::converter::search {

/// What a plan spends: time in the table's unit, bytes of weights, energy in nanojoules (0 where it is not
/// known).
enum Resource : std::size_t { kLatency, kSize, kEnergy, kResources };
using Costs = std::array<double, kResources>;

struct Option {
  Costs cost{};       ///< finite, at least 0
  double damage = 0;  ///< finite; may be negative
};

/// Options of one item; at least one.
using Item = std::vector<Option>;

/// An option of every item.
struct Choice {
  std::vector<std::size_t> options;
  Costs cost{};
  double damage = 0;
};

/// Largest total of every cost; infinity: no limit.
using Budgets = Costs;

/// No limits.
Budgets no_budgets();

/// The least damage within the budgets; nothing where no choice fits.
std::optional<Choice> choose_exactly(const std::vector<Item>& items, const Budgets& budgets);

/// The same choice and up to count - 1 more, ascending in damage: those of the Pareto front within the
/// budgets that come next. Damages that are summed are a prediction; the best of several is to be measured.
std::vector<Choice> choose_candidates(const std::vector<Item>& items, const Budgets& budgets,
                                      std::size_t count);

/// From the options of least damage on, always the step that saves most cost over budget for its damage.
std::optional<Choice> choose_greedily(const std::vector<Item>& items, const Budgets& budgets);

/// The best of `tries` random choices within the budgets, each made by lowering random items until it fits.
std::optional<Choice> choose_randomly(const std::vector<Item>& items, const Budgets& budgets,
                                      std::size_t tries, std::uint32_t seed);

/// Items whose options are chosen freely, as one item: its options that no other one beats, and for each what
/// it takes of every item.
struct Combined {
  Item item;
  std::vector<std::vector<std::size_t>> options;
};
Combined combine(const std::vector<Item>& items);

/// Without the options that another one beats or equals in every number; returns the places of those that
/// stay.
std::vector<std::size_t> undominated(const Item& item);

}  // namespace bulwark::converter::search
