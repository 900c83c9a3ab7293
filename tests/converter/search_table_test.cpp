// SPDX-License-Identifier: Apache-2.0
// Latency tables as a search reads them, and HAQ's published one.
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <limits>

#include "converter/error.h"
#include "converter/io/file.h"
#include "converter/io/npy.h"
#include "converter/search/choice.h"
#include "converter/search/latency_table.h"
#include "tests/converter/temp_folder.h"

using namespace bulwark;
using namespace bulwark::converter::search;
using Catch::Contains;

namespace {

const std::string kStart =
    R"({"format":"bulwark.latency-table","version":1,"unit":"ns","core":"x","path":"neon","complete":true,)";

void check_refused(const std::string& text, const std::string& what) {
  const test::TempFolder folder;
  const std::string file = folder / "table.json";
  converter::io::write_atomically({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, file);
  CHECK_THROWS_WITH(read_latency_table(file), Contains("table.json") && Contains(what));
}

std::string with_layers(const std::string& layers) {
  return kStart + R"("overhead":{"per_run":5},"layers":[)" + layers + "]}";
}

}  // namespace

TEST_CASE("Search: a shipped table has costs for every pair, a width between two that of the next greater") {
  const LatencyTable table = read_latency_table(BULWARK_SOURCE_DIR "/bench/tables/cortex-a53.json");
  CHECK(table.unit == "cycles");
  CHECK(table.core == "cortex-a53");
  CHECK(table.per_run > 0);
  const std::string key =
      "conv_2d s8[1,25,5,64] -> s8[1,25,5,64] kernel 1x1 stride 1x1 padding 0,0,0,0 dilation 1x1 groups 1";
  REQUIRE(table.layers.count(key));
  CHECK(table.cost(key, 4, 4) < table.cost(key, 8, 8));
  CHECK(table.cost(key, 5, 4) == table.cost(key, 8, 4));
  CHECK(table.cost("conv_2d of another world", 8, 8) < 0);
}

TEST_CASE("Search: damaged tables are refused with the place") {
  check_refused("{", "byte 2: not JSON");
  check_refused("[]", "is not a latency table");
  check_refused(R"({"format":"bulwark.latency-table","version":2})", "version 2");
  check_refused(R"({"format":"bulwark.latency-table","version":1,"complete":false})", "is not complete");
  check_refused(kStart + R"("layers":[]})", "the table has no \"overhead\"");
  check_refused(with_layers("7"), "layer 0 has no \"key\"");
  check_refused(with_layers(R"({"key":"a","costs":[{"weight_bits":8,"activation_bits":8,"cost":-1}]})"),
                "layer 0, cost 0: \"cost\" is -1");
  check_refused(with_layers(R"({"key":"a","costs":[{"weight_bits":99,"activation_bits":8,"cost":1}]})"),
                "\"weight_bits\" is 99, must be 0..32");
  check_refused(with_layers(R"({"key":"a","costs":[{"weight_bits":8,"activation_bits":8,"cost":1},)"
                            R"({"weight_bits":8,"activation_bits":8,"cost":2}]})"),
                "weights of 8 and activations of 8 bits stand twice");
}

TEST_CASE(
    "Search: on HAQ's published table the exact choice is no dearer and no worse than the paper's policy") {
  const std::string file = BULWARK_SOURCE_DIR "/../shared/golden/haq_lat.npy";
  if (!std::filesystem::exists(file)) {
    WARN("skipped: " << file << " is not here");
    return;
  }
  // Weight and activation bits of the policy; the first layer reads 8-bit pictures.
  const int policy[53][2] = {{8, 8}, {7, 7}, {5, 6}, {4, 6}, {5, 6}, {5, 7}, {5, 6}, {7, 4}, {4, 6},
                             {4, 6}, {7, 7}, {5, 6}, {4, 6}, {7, 3}, {5, 7}, {4, 7}, {7, 3}, {5, 7},
                             {4, 7}, {7, 7}, {4, 7}, {4, 7}, {6, 4}, {6, 7}, {4, 7}, {7, 4}, {6, 7},
                             {5, 7}, {7, 4}, {6, 7}, {5, 7}, {7, 4}, {6, 7}, {6, 7}, {6, 4}, {5, 7},
                             {6, 7}, {6, 4}, {5, 7}, {6, 7}, {7, 7}, {4, 7}, {7, 7}, {7, 7}, {4, 7},
                             {7, 7}, {7, 7}, {4, 7}, {7, 7}, {7, 7}, {4, 7}, {7, 7}, {8, 8}};
  const converter::io::Npy table = converter::io::read_npy(file);
  REQUIRE(table.shape == std::vector<std::int64_t>{53, 8, 8});
  const std::vector<float> cycles = table.as_floats();  // whole numbers below 2^24
  const auto cost = [&](int layer, int w, int a) {
    return static_cast<double>(cycles[static_cast<std::size_t>((layer * 8 + w - 1) * 8 + a - 1)]);
  };
  // Noise of uniform quantization falls by 4 with every bit; deeper layers count less.
  const auto damage = [](int layer, int w, int a) {
    return (std::pow(4.0, -w) + std::pow(4.0, -a)) / (1 + 0.1 * layer);
  };
  double policy_cost = 0, policy_damage = 0, all8 = 0;
  std::vector<Item> items;
  for (int layer = 0; layer < 53; ++layer) {
    const auto [w, a] = policy[layer];
    policy_cost += cost(layer, w, a);
    policy_damage += damage(layer, w, a);
    all8 += cost(layer, 8, 8);
    Item item;
    for (int wb = 2; wb <= 8; ++wb) {
      for (int ab = layer == 0 ? 8 : 2; ab <= 8; ++ab)
        item.push_back({{cost(layer, wb, ab), 0}, damage(layer, wb, ab)});
    }
    items.push_back(std::move(item));
  }
  CHECK(policy_cost == 23634821);
  CHECK(all8 == 39624933);
  const auto exact = choose_exactly(items, {policy_cost, std::numeric_limits<double>::infinity()});
  REQUIRE(exact);
  CHECK(exact->cost[0] <= policy_cost);
  CHECK(exact->damage <= policy_damage);
  const auto greedy = choose_greedily(items, {policy_cost, std::numeric_limits<double>::infinity()});
  REQUIRE(greedy);
  CHECK(exact->damage <= greedy->damage);
  WARN("damage: the paper's policy " << policy_damage << ", greedy " << greedy->damage << ", exact "
                                     << exact->damage << " at " << exact->cost[0] << " cycles");
}
