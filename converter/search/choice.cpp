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

/// Of labels sorted by the first cost, keeps those that none before them beats: any number of costs.
void keep_undominated_of_all(std::vector<Label>& labels) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const Label label = labels[i];
    const bool beaten = std::any_of(labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(kept),
                                    [&](const Label& other) {
                                      return other.cost[1] <= label.cost[1] &&
                                             other.cost[2] <= label.cost[2] && other.damage <= label.damage;
                                    });
    if (!beaten) labels[kept++] = label;
  }
  labels.resize(kept);
}

/// Keeps labels that no other one beats or equals in every number.
void keep_undominated(std::vector<Label>& labels) {
  static_assert(kResources == 3);
  std::sort(labels.begin(), labels.end(), [](const Label& a, const Label& b) {
    return std::tie(a.cost[0], a.cost[1], a.cost[2], a.damage) <
           std::tie(b.cost[0], b.cost[1], b.cost[2], b.damage);
  });
  const bool third = std::any_of(labels.begin(), labels.end(),
                                 [&](const Label& label) { return label.cost[2] != labels.front().cost[2]; });
  if (third) return keep_undominated_of_all(labels);
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

/// Partial choices, one list for each number of items that are decided.
using Stages = std::vector<std::vector<Label>>;
constexpr std::size_t kMostLabels = 100000;

/// A problem without the costs that have no limit; those that have one stand first.
class Limited {
 public:
  Limited(const std::vector<Item>& items, const Budgets& budgets) : items_(items), budgets_(no_budgets()) {
    std::size_t used = 0;
    for (Item& item : items_) {
      for (Option& option : item) option.cost.fill(0);
    }
    for (std::size_t r = 0; r < kResources; ++r) {
      if (budgets[r] == kInfinity) continue;
      for (std::size_t i = 0; i < items.size(); ++i) {
        for (std::size_t o = 0; o < items[i].size(); ++o) items_[i][o].cost[used] = items[i][o].cost[r];
      }
      budgets_[used++] = budgets[r];
    }
  }

  /// All choices of damage up to `limit` that no other one beats; empty where a stage has more than `most` of
  /// them.
  Stages search(double limit, std::size_t most) const {
    const double slack = limit == kInfinity ? 0 : 1e-12 * std::max(1.0, std::abs(limit));
    Stages stages{{Label{}}};
    for (std::size_t i = 0; i < items_.size(); ++i) {
      std::array<Relaxation, kResources> rest;
      for (std::size_t r = 0; r < kResources; ++r) rest[r] = relax(items_, i + 1, r);
      const std::vector<std::size_t> useful = undominated(items_[i]);
      std::vector<Label> next;
      const std::vector<Label>& before = stages.back();
      for (std::size_t p = 0; p < before.size(); ++p) {
        for (const std::size_t o : useful) {
          const Label label{sum(before[p].cost, items_[i][o].cost), before[p].damage + items_[i][o].damage,
                            static_cast<std::uint32_t>(p), static_cast<std::uint32_t>(o)};
          const double bound = bound_of(label, rest);
          if (bound == kInfinity || label.damage + bound > limit + slack) continue;
          next.push_back(label);
        }
      }
      keep_undominated(next);
      if (next.size() > most) return {};
      stages.push_back(std::move(next));
    }
    return stages;
  }

 private:
  /// Of the damage that the items still to come add.
  double bound_of(const Label& label, const std::array<Relaxation, kResources>& rest) const {
    double bound = -kInfinity;
    for (std::size_t r = 0; r < kResources; ++r) {
      const double left = budgets_[r] == kInfinity ? kInfinity : budgets_[r] * (1 + 1e-12) - label.cost[r];
      bound = std::max(bound, rest[r].bound(left));
    }
    return bound;
  }

  std::vector<Item> items_;
  Budgets budgets_;
};

/// The options of up to `count` complete choices of least damage.
std::vector<std::vector<std::size_t>> best_of(const Stages& stages, std::size_t count) {
  std::vector<Label> last = stages.back();
  std::sort(last.begin(), last.end(), [](const Label& a, const Label& b) { return a.damage < b.damage; });
  if (last.size() > count) last.resize(count);
  std::vector<std::vector<std::size_t>> choices;
  for (Label label : last) {
    std::vector<std::size_t> options(stages.size() - 1);
    for (std::size_t i = options.size(); i-- > 0;) {
      options[i] = label.option;
      label = stages[i][label.parent];
    }
    choices.push_back(std::move(options));
  }
  return choices;
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

Budgets no_budgets() {
  Budgets budgets;
  budgets.fill(kInfinity);
  return budgets;
}

std::vector<Choice> choose_candidates(const std::vector<Item>& items, const Budgets& budgets,
                                      std::size_t count) {
  const std::optional<Choice> known = choose_greedily(items, budgets);
  const Limited limited(items, budgets);
  std::vector<Choice> choices;
  // More than the best: the whole front within the budgets, or as much of it as is no great work.
  const double allowance =
      known && count > 1 ? known->damage - choice_of(items, least_damage(items)).damage : 0;
  for (const double share : {kInfinity, 0.5, 0.1, 0.0}) {
    if (share > 0 && allowance <= 0) continue;
    const double limit = known ? known->damage + (share > 0 ? share * allowance : 0) : kInfinity;
    Stages stages = limited.search(limit, share > 0 ? kMostLabels : std::numeric_limits<std::size_t>::max());
    if (stages.empty()) continue;
    for (std::vector<std::size_t>& options : best_of(stages, count))
      choices.push_back(choice_of(items, std::move(options)));
    break;
  }
  const auto less = [](const Choice& a, const Choice& b) { return a.damage < b.damage; };
  std::sort(choices.begin(), choices.end(), less);
  if (known && (choices.empty() || known->damage < choices.front().damage))
    choices.insert(choices.begin(), *known);
  if (choices.size() > count) choices.resize(count);
  return choices;
}

std::optional<Choice> choose_exactly(const std::vector<Item>& items, const Budgets& budgets) {
  std::vector<Choice> choices = choose_candidates(items, budgets, 1);
  return choices.empty() ? std::nullopt : std::optional(std::move(choices.front()));
}

}  // namespace bulwark::converter::search
