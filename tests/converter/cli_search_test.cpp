// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/converter/temp_folder.h"
#include "tests/converter/tool.h"

namespace bulwark::test {

using Catch::Contains;
using Json = nlohmann::json;

namespace {

const std::string kRoot = BULWARK_SOURCE_DIR;
const std::string kModel = kRoot + "/examples/models/fmnist-float.onnx";
const std::string kTable = kRoot + "/bench/tables/cortex-a53.json";

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> with(std::vector<std::string> more) {
  std::vector<std::string> arguments = {
      "search",  kModel, "--calibrate", kRoot + "/examples/quickstart/fashion-mnist-200-images.npy",
      "--std",   "255",  "--samples",   "24",
      "--table", kTable};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace

TEST_CASE("search: a plan within the budget, the model made by it, and a front that falls") {
  const TempFolder folder;
  const Outcome outcome = bulwark(with({"--budget", "latency=0.7", "--plan", folder / "plan.json", "--model",
                                        folder / "m.bwk", "--html", folder / "page.html", "--json"}));
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const Json json = Json::parse(outcome.out);
  CHECK(json["unit"] == "cycles");
  CHECK(json["best"]["latency_share"].get<double>() <= 0.7);
  CHECK(json["best"]["agreement"].get<double>() >= 0.9);
  CHECK(json["fixed_8_bits"]["agreement"].get<double>() >= 0.95);
  const Json& front = json["front"];
  REQUIRE(front.size() >= 4);
  for (std::size_t i = 1; i < front.size(); ++i) {
    CHECK(front[i]["latency"].get<double>() > front[i - 1]["latency"].get<double>());
    CHECK(front[i]["predicted_damage"].get<double>() <= front[i - 1]["predicted_damage"].get<double>());
  }
  const std::string page = read_text(folder / "page.html");
  CHECK_THAT(page, Contains("conv3_real: weights") && Contains("Bits of every layer"));
  CHECK_THAT(page, !Contains("http"));
  const Outcome inspected = bulwark({"inspect", folder / "m.bwk", "--json"});
  REQUIRE(inspected.code == 0);
  const Outcome converted =
      bulwark({"convert", kModel, "--calibrate", kRoot + "/examples/quickstart/fashion-mnist-200-images.npy",
               "--std", "255", "--bits", folder / "plan.json", "-o", folder / "again.bwk"});
  INFO(converted.err);
  CHECK(converted.code == 0);
}

TEST_CASE("search: no method predicts less damage than the exact one; two budgets hold at once") {
  const auto best = [](const std::string& method) {
    const Outcome outcome =
        bulwark(with({"--budget", "latency=0.75", "--budget", "size=0.6", "--method", method, "--json"}));
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    const Json json = Json::parse(outcome.out);
    CHECK(json["best"]["latency_share"].get<double>() <= 0.75);
    CHECK(json["best"]["weight_bytes"].get<double>() <=
          0.6 * json["fixed_8_bits"]["weight_bytes"].get<double>());
    return json["best"]["predicted_damage"].get<double>();
  };
  const double exact = best("exact");
  CHECK(exact <= best("greedy"));
  CHECK(exact <= best("random"));
}

TEST_CASE("search: what can not be searched is refused with the reason") {
  const Outcome tight = bulwark(with({"--budget", "latency=0.01"}));
  CHECK(tight.code == 3);
  CHECK_THAT(tight.err, Contains("no plan fits the budget: the cheapest costs"));
  const Outcome odd = bulwark(with({"--budget", "joy=1"}));
  CHECK(odd.code == 2);
  CHECK_THAT(odd.err, Contains("must be latency=N or size=N"));
  std::vector<std::string> quantized = with({"--budget", "latency=0.7"});
  quantized[1] = kRoot + "/examples/models/fmnist-plain-w4a4.onnx";
  const Outcome given = bulwark(quantized);
  CHECK(given.code == 3);
  CHECK_THAT(given.err, Contains("is quantized already"));
  std::vector<std::string> other = with({"--budget", "latency=0.7"});
  other.back() = "latency=0.7";
  other[9] = kRoot + "/bench/latency-table.schema.json";
  CHECK_THAT(bulwark(other).err, Contains("is not a latency table"));
}

}  // namespace bulwark::test
