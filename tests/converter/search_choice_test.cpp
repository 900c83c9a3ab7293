// SPDX-License-Identifier: Apache-2.0
// The choice of options under budgets: against every plan of small problems, and on published data.
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include "converter/search/choice.h"

using namespace bulwark::converter::search;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The least damage of all plans within the budgets; infinity where there is none.
double best_of_all(const std::vector<Item>& items, const Budgets& budgets) {
  std::vector<std::size_t> at(items.size(), 0);
  double best = kInfinity;
  while (true) {
    Costs cost{};
    double damage = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      for (std::size_t r = 0; r < kResources; ++r) cost[r] += items[i][at[i]].cost[r];
      damage += items[i][at[i]].damage;
    }
    bool fits = true;
    for (std::size_t r = 0; r < kResources; ++r) fits = fits && cost[r] <= budgets[r];
    if (fits) best = std::min(best, damage);
    std::size_t i = 0;
    while (i < items.size() && ++at[i] == items[i].size()) at[i++] = 0;
    if (i == items.size()) return best;
  }
}

std::vector<Item> random_items(std::mt19937& random, std::size_t count, std::size_t most, bool whole) {
  std::uniform_real_distribution<double> real(0, 10);
  std::vector<Item> items(count);
  for (Item& item : items) {
    item.resize(1 + random() % most);
    for (Option& option : item) {
      for (double& cost : option.cost) cost = whole ? static_cast<double>(random() % 9) : real(random);
      option.damage = whole ? static_cast<double>(random() % 7) - 1 : real(random) - 2;
    }
  }
  return items;
}

// HAWQ-V3 (Yao et al. 2021), ResNet-18: trace of the Hessian, squared error of weights at 8 and 4 bits,
// parameters, bit operations (M), latency on a T4 at 4 and 8 bits (ms) of 19 layers. Layers 6, 11, 16
// (shortcuts) take the bits of 4, 9, 14.
constexpr int kLayers = 19;
constexpr double kTrace[] = {0.06857826, 0.03162379, 0.03298575, 0.01205663, 0.02222431,
                             0.00596336, 0.06931772, 0.00807129, 0.00372905, 0.00530698,
                             0.00209011, 0.00737569, 0.00210454, 0.00151197, 0.00158041,
                             0.00078146, 0.00451841, 0.00098745, 0.00072944};
constexpr double kError8[] = {0.0235, 0.0125, 0.0102, 0.0082, 0.0145, 0.0344, 0.0023, 0.0287, 0.0148, 0.0333,
                              0.0682, 0.0027, 0.0448, 0.0336, 0.0576, 0.1130, 0.0102, 0.0947, 0.0532};
constexpr double kError4[] = {6.7430,  3.9691,  3.3281,  2.6796,  4.7277, 10.5966, 0.6827,
                              9.0942,  4.8857,  10.7599, 21.7546, 0.8603, 14.5324, 10.9651,
                              18.7706, 36.4044, 3.1572,  29.6994, 17.4016};
constexpr double kParameters[] = {36864,   36864,   36864,  36864,   73728,  147456, 8192,
                                  147456,  147456,  294912, 589824,  32768,  589824, 589824,
                                  1179648, 2359296, 131072, 2359296, 2359296};
constexpr double kOperations[] = {115605504, 115605504, 115605504, 115605504, 57802752, 115605504, 6422528,
                                  115605504, 115605504, 57802752,  115605504, 6422528,  115605504, 115605504,
                                  57802752,  115605504, 6422528,   115605504, 115605504};
constexpr double kLatency4[] = {0.21094404, 0.21092674, 0.21104113, 0.21086851, 0.13642465,
                                0.19167506, 0.02532183, 0.19148203, 0.19142914, 0.11395316,
                                0.20556011, 0.01917474, 0.20566918, 0.20566509, 0.13185102,
                                0.22287786, 0.01790088, 0.22304611, 0.22286099};
constexpr double kLatency8[] = {0.36189111, 0.36211718, 0.31141909, 0.30454471, 0.19184896,
                                0.38948934, 0.0334169,  0.38904905, 0.3892859,  0.19134735,
                                0.34307431, 0.02802354, 0.34313329, 0.34310756, 0.21117103,
                                0.37376585, 0.02896843, 0.37398187, 0.37405185};

/// Options 4 and 8 bits of every group of tied layers.
std::vector<Item> hawq_items(const std::function<double(int layer, bool eight)>& cost) {
  const auto tied_to = [](int layer) { return layer == 6 ? 4 : layer == 11 ? 9 : layer == 16 ? 14 : layer; };
  std::vector<Item> items;
  for (int first = 0; first < kLayers; ++first) {
    if (tied_to(first) != first) continue;
    Item item(2);
    for (int layer = 0; layer < kLayers; ++layer) {
      if (tied_to(layer) != first) continue;
      for (const bool eight : {false, true}) {
        item[eight].cost[0] += cost(layer, eight);
        item[eight].damage += kTrace[layer] * (eight ? kError8 : kError4)[layer];
      }
    }
    items.push_back(item);
  }
  return items;
}

}  // namespace

TEST_CASE(
    "Search: the exact choice is the best of all plans, with up to three budgets, and with none that fits") {
  std::mt19937 random(71);
  for (int round = 0; round < 400; ++round) {
    const bool whole = round % 2 == 0;
    const std::vector<Item> items = random_items(random, 1 + random() % 6, 6, whole);
    Budgets budgets = no_budgets();
    std::uniform_real_distribution<double> part(0.05, 0.9);
    if (round % 3 != 1) budgets[0] = std::floor(9.0 * static_cast<double>(items.size()) * part(random));
    if (round % 3 != 0) budgets[1] = std::floor(9.0 * static_cast<double>(items.size()) * part(random));
    if (round % 5 == 0) budgets[2] = std::floor(9.0 * static_cast<double>(items.size()) * part(random));
    const double best = best_of_all(items, budgets);
    const std::optional<Choice> exact = choose_exactly(items, budgets);
    INFO("round " << round << ", " << items.size() << " items");
    REQUIRE(exact.has_value() == (best < kInfinity));
    if (!exact) continue;
    CHECK(exact->damage == Approx(best).margin(1e-9));
    CHECK(exact->cost[0] <= budgets[0] * (1 + 1e-12));
    CHECK(exact->cost[1] <= budgets[1] * (1 + 1e-12));
    CHECK(exact->cost[2] <= budgets[2] * (1 + 1e-12));
    if (const auto greedy = choose_greedily(items, budgets)) CHECK(greedy->damage >= best - 1e-9);
    if (const auto tried = choose_randomly(items, budgets, 20, 5)) CHECK(tried->damage >= best - 1e-9);
  }
}

TEST_CASE("Search: candidates are different plans within the budgets, the exact one first") {
  std::mt19937 random(74);
  std::size_t most = 0;
  for (int round = 0; round < 60; ++round) {
    const std::vector<Item> items = random_items(random, 6, 6, false);
    Budgets budgets = no_budgets();
    budgets[0] = 30;
    if (round % 2 == 0) budgets[1] = 30;
    const std::vector<Choice> choices = choose_candidates(items, budgets, 8);
    const auto exact = choose_exactly(items, budgets);
    REQUIRE(choices.empty() == !exact);
    if (!exact) continue;
    CHECK(choices[0].options == exact->options);
    CHECK(choices.size() <= 8);
    most = std::max(most, choices.size());
    for (std::size_t i = 0; i < choices.size(); ++i) {
      CHECK(choices[i].cost[0] <= budgets[0] * (1 + 1e-12));
      CHECK(choices[i].cost[1] <= budgets[1] * (1 + 1e-12));
      if (i == 0) continue;
      CHECK(choices[i].damage >= choices[i - 1].damage);
      CHECK(choices[i].options != choices[i - 1].options);
    }
  }
  CHECK(most == 8);
}

TEST_CASE("Search: combined items hold every plan that no other one beats") {
  std::mt19937 random(72);
  for (int round = 0; round < 50; ++round) {
    const std::vector<Item> items = random_items(random, 3, 5, round % 2 == 0);
    const Combined all = combine(items);
    REQUIRE(all.item.size() == all.options.size());
    for (std::size_t p = 0; p < all.item.size(); ++p) {
      double damage = 0;
      for (std::size_t i = 0; i < items.size(); ++i) damage += items[i].at(all.options[p].at(i)).damage;
      CHECK(damage == Approx(all.item[p].damage).margin(1e-9));
    }
    const Budgets budgets{12, 14, 13};
    const auto apart = choose_exactly(items, budgets), together = choose_exactly({all.item}, budgets);
    REQUIRE(apart.has_value() == together.has_value());
    if (apart) CHECK(apart->damage == Approx(together->damage).margin(1e-9));
  }
}

TEST_CASE("Search: the exact optimum of HAWQ-V3's ResNet-18 for all nine constraints") {
  const std::function<double(int, bool)> kinds[] = {
      [](int l, bool eight) { return kParameters[l] / 1048576 * (eight ? 1.0 : 0.5); },
      [](int l, bool eight) { return kOperations[l] / 1e6 / (eight ? 16 : 64); },
      [](int l, bool eight) { return (eight ? kLatency8 : kLatency4)[l]; }};
  for (const auto& cost : kinds) {
    const std::vector<Item> items = hawq_items(cost);
    double all4 = 0, all8 = 0;
    for (const Item& item : items) all4 += item[0].cost[0], all8 += item[1].cost[0];
    for (const double share : {0.25, 0.5, 0.75}) {
      const Budgets budgets{all4 + (all8 - all4) * share, kInfinity, kInfinity};
      const auto exact = choose_exactly(items, budgets);
      REQUIRE(exact);
      CHECK(exact->damage == Approx(best_of_all(items, budgets)).epsilon(1e-12));
    }
  }
}

TEST_CASE("Search: 53 layers with 49 pairs each take seconds") {
  std::mt19937 random(73);
  std::uniform_real_distribution<double> factor(0.5, 2);
  std::vector<Item> items(53);
  double dearest = 0;
  for (Item& item : items) {
    const double size = std::exp(factor(random) * 3), hurt = factor(random);
    for (int w = 2; w <= 8; ++w) {
      for (int a = 2; a <= 8; ++a) {
        const double cost = size * (w * a + 6 * factor(random));
        item.push_back({{cost, 0, 0}, hurt * (std::pow(4.0, -w) + 0.7 * std::pow(4.0, -a)) * factor(random)});
      }
    }
    dearest += item.back().cost[0];
  }
  const auto start = std::chrono::steady_clock::now();
  const auto exact = choose_exactly(items, {0.55 * dearest, kInfinity, kInfinity});
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  REQUIRE(exact);
  CHECK(exact->cost[0] <= 0.55 * dearest * (1 + 1e-12));
  CHECK(exact->damage <= choose_greedily(items, {0.55 * dearest, kInfinity, kInfinity})->damage);
  CHECK(seconds < 60);
}
