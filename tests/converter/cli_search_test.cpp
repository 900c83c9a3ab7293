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

/// The shipped table with costs that fall with the bits, whatever today's kernels make of them.
std::string falling_table() {
  static const TempFolder folder;
  static const std::string file = [] {
    Json table = Json::parse(read_text(kTable));
    for (Json& layer : table["layers"]) {
      for (Json& cost : layer["costs"]) {
        const double bits = cost["weight_bits"].get<double>() * cost["activation_bits"].get<double>();
        if (bits > 0) cost["cost"] = layer["macs"].get<double>() * (0.3 + 0.7 * bits / 64);
      }
    }
    const std::string path = folder / "table.json";
    std::ofstream(path) << table.dump();
    return path;
  }();
  return file;
}

std::vector<std::string> with(std::vector<std::string> more) {
  std::vector<std::string> arguments = {
      "search",  kModel,         "--calibrate", kRoot + "/examples/quickstart/fashion-mnist-200-images.npy",
      "--std",   "255",          "--samples",   "24",
      "--table", falling_table()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace

TEST_CASE("search: a plan within the budget, the model made by it, and a front that falls") {
  const TempFolder folder;
  const Outcome outcome =
      bulwark(with({"--budget", "0.7x", "--plan", folder / "plan.json", "--candidates", "3", "-o",
                    folder / "m.bwk", "--front", folder / "page.html", "--json"}));
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
    const Outcome outcome = bulwark(with({"--budget", "latency=0.75", "--budget", "size=0.6", "--method",
                                          method, "--candidates", "1", "--json"}));
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

TEST_CASE("search: labels, attacked samples and certificates as measures; energy as a third budget") {
  const TempFolder folder;
  const std::string pictures = kRoot + "/examples/quickstart/fashion-mnist-200-images.npy";
  const std::string labels = kRoot + "/examples/quickstart/fashion-mnist-200-labels.npy";
  const auto best = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"--labels", labels, "--weights", "4", "--candidates", "2", "--json"});
    std::vector<std::string> arguments = with(std::move(more));
    arguments[7] = "8";  // samples
    const Outcome outcome = bulwark(arguments);
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    return Json::parse(outcome.out);
  };
  // The clean pictures stand in for attacked ones: what is right is right on both.
  const Json attacked = best({"--budget", "0.8x", "--sensitivity", "attacked", "--attacked", pictures});
  CHECK(attacked["best"]["attacked_accuracy"] == attacked["best"]["accuracy"]);
  CHECK(attacked["best"]["attacked_loss"].get<double>() > 0);
  CHECK(attacked["candidates"].size() == 2);
  const Json certified = best({"--budget", "0.8x", "--sensitivity", "certified", "--eps", "0"});
  CHECK(certified["best"]["certified"] == 1.0);
  CHECK(certified["best"]["certified_margin"].get<double>() > 0);
  // The table in cycles as one of energy: the same share of both.
  Json table = Json::parse(read_text(falling_table()));
  table["unit"] = "nJ";
  std::ofstream(folder / "energy.json") << table.dump();
  const Json cheap = best({"--budget", "energy=0.75", "--energy-table", folder / "energy.json"});
  CHECK(cheap["best"]["energy_nj"] == cheap["best"]["latency"]);
  CHECK(cheap["best"]["latency_share"].get<double>() <= 0.75);
}

TEST_CASE("search: sensitivities are kept, reused, completed, and never those of something else") {
  const TempFolder folder;
  const std::string file = folder / "kept.json";
  const auto search = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"--candidates", "1", "--activations", "8", "--points", "2", "--sensitivities",
                             file, "--json"});
    std::vector<std::string> arguments = with(std::move(more));
    arguments[7] = "6";  // samples
    return bulwark(arguments);
  };
  const auto found = [&](std::vector<std::string> more) {
    const Outcome outcome = search(std::move(more));
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    return Json::parse(outcome.out);
  };
  const Json first = found({"--budget", "0.8x", "--weights", "2"});
  CHECK(first["sensitivities_measured"] == 7);  // six layers, and 8 bits everywhere
  const std::string kept = read_text(file);
  const Json again = found({"--budget", "0.8x", "--weights", "2"});
  CHECK(again["sensitivities_measured"] == 0);
  CHECK(again["best"] == first["best"]);
  CHECK(again["front"].size() == 2);
  CHECK(read_text(file) == kept);
  // One that was interrupted, and other widths: what lacks is measured.
  CHECK(found({"--budget", "0.8x", "--weights", "4,2"})["sensitivities_measured"] == 6);
  CHECK(Json::parse(read_text(file))["values"].size() == 13);

  const auto refusal = [&](const std::string& text) {
    std::ofstream(file) << text;
    const Outcome outcome = search({"--budget", "0.8x", "--weights", "2"});
    CHECK(outcome.code == 3);
    CHECK(read_text(file) == text);
    return outcome.err;
  };
  CHECK_THAT(refusal(kept.substr(0, kept.size() / 2)), Contains("kept.json': is damaged: not JSON"));
  CHECK_THAT(refusal("[]"), Contains("holds no sensitivities"));
  const auto changed = [&](const char* name, const Json& value) {
    Json json = Json::parse(kept);
    json[name] = value;
    return json.dump();
  };
  CHECK_THAT(refusal(changed("version", 2)), Contains("version 2 of the file's form is not known, only 1"));
  CHECK_THAT(refusal(changed("model", "ab")), Contains("its values are of another model (model is \"ab\")"));
  CHECK_THAT(refusal(changed("samples", "ab")), Contains("its values are of other calibration samples"));
  CHECK_THAT(refusal(changed("measure", "divergence on 7 samples")),
             Contains("by another measure than 'divergence on 6 samples'"));
  Json other = Json::parse(kept);
  other["values"][3]["value"] = 0.5;
  CHECK_THAT(refusal(other.dump()), Contains("is damaged: the checksum of its values is not theirs"));
  std::ofstream(file) << kept;
  std::vector<std::string> model = with({"--budget", "0.8x", "--sensitivities", file});
  model[1] = kRoot + "/examples/models/cifar10-float.onnx";
  CHECK(bulwark(model).code != 0);
  CHECK(read_text(file) == kept);
}

TEST_CASE("search: pages of other methods say whose front it is") {
  const TempFolder folder;
  const auto page = [&](const std::string& method, const char* of) {
    std::vector<std::string> arguments =
        with({"--budget", "0.8x", "--method", method, "--episodes", "2", "--candidates", "0", "--weights",
              "2", "--activations", "8", "--sensitivities", folder / "s.json", "--front",
              folder / "page.html", "--json"});
    arguments[7] = "6";  // samples
    const Outcome outcome = bulwark(arguments);
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    const Json json = Json::parse(outcome.out);
    CHECK(json["front_method"] == of);
    CHECK(json["best"].contains("predicted_damage"));
    CHECK(!json["best"].contains("divergence"));
    CHECK(json["front"][0].contains("divergence"));
    const std::string text = read_text(folder / "page.html");
    CHECK_THAT(
        text, Contains(std::string(of) + " method, by latency") && Contains("chosen, " + method + " method"));
  };
  page("rl", "exact");
  page("greedy", "greedy");
}

TEST_CASE("search: what can not be searched is refused with the reason") {
  const Outcome tight = bulwark(with({"--budget", "latency=0.01"}));
  CHECK(tight.code == 3);
  CHECK_THAT(tight.err, Contains("no plan fits the budget: the cheapest costs"));
  const Outcome odd = bulwark(with({"--budget", "joy=1"}));
  CHECK(odd.code == 2);
  CHECK_THAT(odd.err, Contains("must be latency=N, size=N or energy=N"));
  CHECK_THAT(bulwark(with({"--budget", "12ms"})).err, Contains("the table's costs are in cycles, not in ms"));
  CHECK_THAT(bulwark(with({"--budget", "3mJ"})).err, Contains("needs --energy-table"));
  CHECK_THAT(bulwark(with({"--budget", "0.7x", "--energy-table", kTable})).err,
             Contains("an energy table's are in nJ"));
  CHECK_THAT(bulwark(with({"--budget", "0.7x", "--sensitivity", "attacked"})).err,
             Contains("needs --labels and --attacked"));
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
