// SPDX-License-Identifier: Apache-2.0
#include "converter/search/choice.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <tuple>

namespace bulwark::converter::search {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Costs sum(const Costs& a, const Costs& b) {
  Costs c;
  for (std::size_t r = 0; r < kResources; ++r) c[r] = a[r] + b[r];
  return c;
}

/// Sums of the same numbers in another order differ in their last bits.
bool within(const Costs& cost, const Budgets& budgets) {
  for (std::size_t r = 0; r < kResources; ++r) {
    if (cost[r] > budgets[r] * (1 + 1e-12)) return false;
  }
  return true;
}

/// The lower hull of damage over one cost: what a mixture of options may reach.
struct Step {
  double cost, damage;  ///< more cost, less damage (negative)
  double slope() const { return damage / cost; }
};

/// The linear relaxation of all items from one on, for one resource: the cheapest choice, then steps in order
/// of how much damage they take away for their cost.
struct Relaxation {
  double least_cost = 0, damage = 0;
  std::vector<double> costs, damages;  ///< sums of the steps so far

  /// Lower bound of the damage with this much to spend; infinity where it does not suffice.
  double bound(double budget) const {
    const double rest = budget - least_cost;
    if (rest < -1e-12 * std::max(1.0, std::abs(budget))) return kInfinity;
    const auto next = std::upper_bound(costs.begin(), costs.end(), rest);
    const auto taken = static_cast<std::size_t>(next - costs.begin());
    const double before = taken == 0 ? 0 : damages[taken - 1], spent = taken == 0 ? 0 : costs[taken - 1];
    if (taken == costs.size()) return damage + before;
    const double share = (rest - spent) / (costs[taken] - spent);
    return damage + before + share * (damages[taken] - before);
  }
};

/// From the cheapest option down to the least damage, convex; gives the cheapest option's cost and damage.
Option hull_steps(const Item& item, std::size_t resource, std::vector<Step>& steps) {
  std::vector<std::pair<double, double>> points;
  for (const Option& option : item) points.emplace_back(option.cost[resource], option.damage);
  std::sort(points.begin(), points.end());
  std::vector<std::pair<double, double>> hull;
  for (const auto& p : points) {
    if (!hull.empty() && p.second >= hull.back().second) continue;
    while (hull.size() >= 2) {
      const auto &a = hull[hull.size() - 2], &b = hull.back();
      if ((b.second - a.second) * (p.first - a.first) < (p.second - a.second) * (b.first - a.first)) break;
      hull.pop_back();
    }
    if (hull.size() == 1 && p.first == hull[0].first) hull.pop_back();
    hull.push_back(p);
  }
  for (std::size_t i = 1; i < hull.size(); ++i)
    steps.push_back({hull[i].first - hull[i - 1].first, hull[i].second - hull[i - 1].second});
  Option first;
  first.cost[resource] = hull[0].first;
  first.damage = hull[0].second;
  return first;
}

Relaxation relax(const std::vector<Item>& items, std::size_t from, std::size_t resource) {
  Relaxation relaxation;
  std::vector<Step> steps;
  for (std::size_t i = from; i < items.size(); ++i) {
    const Option first = hull_steps(items[i], resource, steps);
    relaxation.least_cost += first.cost[resource];
    relaxation.damage += first.damage;
  }
  std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.slope() < b.slope(); });
  double cost = 0, damage = 0;
  for (const Step& step : steps) {
    relaxation.costs.push_back(cost += step.cost);
    relaxation.damages.push_back(damage += step.damage);
  }
  return relaxation;
}

/// A choice for the first items; the others before it are found by way of `parent`.
struct Label {
  Costs cost{};
  double damage = 0;
  std::uint32_t parent = 0, option = 0;
};

/// Sorted by the first cost: keeps labels that none before them beats.
void keep_undominated(std::vector<Label>& labels) {
  std::sort(labels.begin(), labels.end(), [](const Label& a, const Label& b) {
    return std::tie(a.cost[0], a.cost[1], a.damage) < std::tie(b.cost[0], b.cost[1], b.damage);
  });
  std::map<double, double> best;  // by the second cost: the least damage so far, falling
  std::size_t kept = 0;
  for (const Label& label : labels) {
    auto after = best.upper_bound(label.cost[1]);
    if (after != best.begin() && std::prev(after)->second <= label.damage) continue;
    while (after != best.end() && after->second >= label.damage) after = best.erase(after);
    best[label.cost[1]] = label.damage;
    labels[kept++] = label;
  }
  labels.resize(kept);
}

Choice choice_of(const std::vector<Item>& items, std::vector<std::size_t> options) {
  Choice choice;
  for (std::size_t i = 0; i < items.size(); ++i) {
    choice.cost = sum(choice.cost, items[i][options[i]].cost);
    choice.damage += items[i][options[i]].damage;
  }
  choice.options = std::move(options);
  return choice;
}

/// How far a choice is over its budgets, each as a share of it.
double excess(const Costs& cost, const Budgets& budgets) {
  double over = 0;
  for (std::size_t r = 0; r < kResources; ++r) {
    if (cost[r] > budgets[r] * (1 + 1e-12)) over += (cost[r] - budgets[r]) / std::max(budgets[r], 1e-300);
  }
  return over;
}

/// Spends what is left: the option that takes away most damage and fits, again and again.
void improve(const std::vector<Item>& items, const Budgets& budgets, Choice& choice) {
  for (bool better = true; better;) {
    better = false;
    double most = 0;
    std::size_t item = 0, option = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Option& now = items[i][choice.options[i]];
      for (std::size_t o = 0; o < items[i].size(); ++o) {
        const double gain = now.damage - items[i][o].damage;
        if (gain <= most) continue;
        Costs cost = choice.cost;
        for (std::size_t r = 0; r < kResources; ++r) cost[r] += items[i][o].cost[r] - now.cost[r];
        if (!within(cost, budgets)) continue;
        most = gain, item = i, option = o, better = true;
      }
    }
    if (better) {
      std::vector<std::size_t> options = choice.options;
      options[item] = option;
      choice = choice_of(items, std::move(options));
    }
  }
}

std::vector<std::size_t> least_damage(const std::vector<Item>& items) {
  std::vector<std::size_t> options;
  for (const Item& item : items) {
    const auto best = std::min_element(item.begin(), item.end(),
                                       [](const Option& a, const Option& b) { return a.damage < b.damage; });
    options.push_back(static_cast<std::size_t>(best - item.begin()));
  }
  return options;
}

}  // namespace

std::vector<std::size_t> undominated(const Item& item) {
  std::vector<Label> labels;
  for (std::size_t o = 0; o < item.size(); ++o)
    labels.push_back({item[o].cost, item[o].damage, 0, static_cast<std::uint32_t>(o)});
  keep_undominated(labels);
  std::vector<std::size_t> places;
  for (const Label& label : labels) places.push_back(label.option);
  return places;
}

Combined combine(const std::vector<Item>& items) {
  Combined all;
  all.item = {{}};
  all.options = {{}};
  for (const Item& item : items) {
    Combined next;
    for (std::size_t a = 0; a < all.item.size(); ++a) {
      for (std::size_t o = 0; o < item.size(); ++o) {
        next.item.push_back({sum(all.item[a].cost, item[o].cost), all.item[a].damage + item[o].damage});
        next.options.push_back(all.options[a]);
        next.options.back().push_back(o);
      }
    }
    all = {};
    for (const std::size_t place : undominated(next.item)) {
      all.item.push_back(next.item[place]);
      all.options.push_back(std::move(next.options[place]));
    }
  }
  return all;
}

std::optional<Choice> choose_greedily(const std::vector<Item>& items, const Budgets& budgets) {
  Choice choice = choice_of(items, least_damage(items));
  while (!within(choice.cost, budgets)) {
    double best = kInfinity;
    std::size_t item = 0, option = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Option& now = items[i][choice.options[i]];
      for (std::size_t o = 0; o < items[i].size(); ++o) {
        Costs cost = choice.cost;
        for (std::size_t r = 0; r < kResources; ++r) cost[r] += items[i][o].cost[r] - now.cost[r];
        const double saved = excess(choice.cost, budgets) - excess(cost, budgets);
        if (!(saved > 0)) continue;
        const double price = (items[i][o].damage - now.damage) / saved;
        if (price < best) best = price, item = i, option = o;
      }
    }
    if (best == kInfinity) return std::nullopt;
    std::vector<std::size_t> options = choice.options;
    options[item] = option;
    choice = choice_of(items, std::move(options));
  }
  improve(items, budgets, choice);
  return choice;
}

std::optional<Choice> choose_randomly(const std::vector<Item>& items, const Budgets& budgets,
                                      std::size_t tries, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::optional<Choice> best;
  for (std::size_t t = 0; t < tries; ++t) {
    Choice choice = choice_of(items, least_damage(items));
    std::vector<std::size_t> order(items.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (int round = 0; round < 8 && !within(choice.cost, budgets); ++round) {
      std::shuffle(order.begin(), order.end(), random);
      for (const std::size_t i : order) {
        if (within(choice.cost, budgets)) break;
        std::vector<std::size_t> options = choice.options;
        options[i] = random() % items[i].size();
        Choice other = choice_of(items, std::move(options));
        if (excess(other.cost, budgets) < excess(choice.cost, budgets)) choice = std::move(other);
      }
    }
    if (within(choice.cost, budgets) && (!best || choice.damage < best->damage)) best = std::move(choice);
  }
  return best;
}

std::optional<Choice> choose_exactly(const std::vector<Item>& items, const Budgets& budgets) {
  std::optional<Choice> known = choose_greedily(items, budgets);
  std::vector<std::vector<Label>> stages{{Label{}}};
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::array<Relaxation, kResources> rest;
    for (std::size_t r = 0; r < kResources; ++r) rest[r] = relax(items, i + 1, r);
    const std::vector<std::size_t> useful = undominated(items[i]);
    std::vector<Label> next;
    const std::vector<Label>& before = stages.back();
    const double limit = known ? known->damage : kInfinity;
    const double slack = known ? 1e-12 * std::max(1.0, std::abs(limit)) : 0;
    for (std::size_t p = 0; p < before.size(); ++p) {
      for (const std::size_t o : useful) {
        const Label label{sum(before[p].cost, items[i][o].cost), before[p].damage + items[i][o].damage,
                          static_cast<std::uint32_t>(p), static_cast<std::uint32_t>(o)};
        double bound = -kInfinity;
        for (std::size_t r = 0; r < kResources; ++r) {
          const double left = budgets[r] == kInfinity ? kInfinity : budgets[r] * (1 + 1e-12) - label.cost[r];
          bound = std::max(bound, rest[r].bound(left));
        }
        if (bound == kInfinity || label.damage + bound > limit + slack) continue;
        next.push_back(label);
      }
    }
    keep_undominated(next);
    stages.push_back(std::move(next));
  }
  const std::vector<Label>& last = stages.back();
  const auto best = std::min_element(last.begin(), last.end(),
                                     [](const Label& a, const Label& b) { return a.damage < b.damage; });
  if (best == last.end()) return known;
  std::vector<std::size_t> options(items.size());
  Label label = *best;
  for (std::size_t i = items.size(); i-- > 0;) {
    options[i] = label.option;
    label = stages[i][label.parent];
  }
  Choice choice = choice_of(items, std::move(options));
  return known && known->damage < choice.damage ? known : choice;
}

}  // namespace bulwark::converter::search
