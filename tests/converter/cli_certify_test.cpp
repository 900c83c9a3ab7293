// SPDX-License-Identifier: Apache-2.0
// certify and attack through the built tool.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "converter/io/npy.h"
#include "tests/converter/temp_folder.h"
#include "tests/converter/tool.h"

namespace bulwark::test {
namespace {

using converter::io::read_npy;

const std::string kDefensive = BULWARK_SHARED_DIR "/models/defensive";
const std::string kQuickstart = BULWARK_SOURCE_DIR "/examples/quickstart";
const std::string kImages = kQuickstart + "/fashion-mnist-200-images.npy";
const std::string kLabels = kQuickstart + "/fashion-mnist-200-labels.npy";

struct Row {
  long index = 0, label = 0, predicted = 0, eps = 0;
};
std::vector<Row> read_csv(const std::vector<std::uint8_t>& bytes) {
  std::istringstream lines(std::string(bytes.begin(), bytes.end()));
  std::string line;
  std::getline(lines, line);
  CHECK(line == "index,label,predicted,certified_eps,margin");
  std::vector<Row> rows;
  char comma;
  while (std::getline(lines, line)) {
    Row row;
    std::istringstream(line) >> row.index >> comma >> row.label >> comma >> row.predicted >> comma >> row.eps;
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

TEST_CASE("certify agrees with the recorded certificates of the interval-trained networks", "[certify]") {
  if (!std::filesystem::exists(kDefensive)) {
    WARN("skipped: " << kDefensive << " is not there");
    return;
  }
  for (const std::string name : {"interval4_small", "interval4_wide"}) {
    TempFolder folder;
    const std::string model = folder / "m.bwk", csv = folder / "c.csv";
    REQUIRE(bulwark({"convert", kDefensive + "/" + name + ".onnx", "-o", model}).code == 0);
    const Outcome result =
        bulwark({"certify", model, "--data", kDefensive + "/fm200_x_u8.npy", "--labels",
                 kDefensive + "/fm200_y.npy", "--eps", "1,2,4,8,16", "--per-sample", csv, "--json"});
    INFO(result.err);
    REQUIRE(result.code == 0);
    const std::vector<std::int64_t> expected =
        read_npy(kDefensive + "/" + name + "_certified_eps.npy").as_ints();
    const std::vector<Row> rows = read_csv(slurp(csv));
    REQUIRE(rows.size() == expected.size());
    std::size_t equal = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) equal += rows[i].eps == expected[i] ? 1u : 0u;
    CHECK(equal == rows.size());
    const auto levels = nlohmann::json::parse(result.out)["levels"];
    REQUIRE(levels.size() == 5);
    for (std::size_t i = 1; i < levels.size(); ++i) CHECK(levels[i]["coverage"] <= levels[i - 1]["coverage"]);
  }
}

TEST_CASE("no certified answer of the example network falls to random squares", "[certify]") {
  TempFolder folder;
  const std::string model = folder / "m.bwk", moved = folder / "moved.npy";
  REQUIRE(bulwark({"convert", kQuickstart + "/fmnist-interval-w4a4.onnx", "-o", model}).code == 0);
  const std::vector<std::string> data = {"--data", kImages, "--labels", kLabels, "--eps", "8"};
  std::vector<std::string> arguments = {"attack",    model,    "--queries", "100",
                                        "--certify", "--save", moved,       "--json"};
  arguments.insert(arguments.end(), data.begin(), data.end());
  const Outcome first = bulwark(arguments), again = bulwark(arguments);
  INFO(first.err);
  REQUIRE(first.code == 0);
  CHECK(first.out == again.out);
  const auto report = nlohmann::json::parse(first.out);
  CHECK(report["certified"] > 150);
  CHECK(report["certified_broken"] == 0);
  CHECK(report["accuracy"] <= report["clean_accuracy"]);

  // The pictures that were found do the same when they are given back.
  std::vector<std::string> transfer = {"attack",        model, "--method",  "transfer",
                                       "--adversarial", moved, "--certify", "--json"};
  transfer.insert(transfer.end(), data.begin(), data.end());
  const Outcome second = bulwark(transfer);
  INFO(second.err);
  REQUIRE(second.code == 0);
  CHECK(nlohmann::json::parse(second.out)["broken"] == report["broken"]);
  transfer.back() = "4";  // data ends with --eps
  const Outcome far = bulwark(transfer);
  CHECK(far.code == 3);
  CHECK(far.err.find("more than --eps 4") != std::string::npos);
}

TEST_CASE("certify and attack say what they need", "[certify]") {
  TempFolder folder;
  const std::string model = folder / "m.bwk";
  REQUIRE(bulwark({"convert", kQuickstart + "/fmnist-interval-w4a4.onnx", "-o", model}).code == 0);
  CHECK(bulwark({"certify", model, "--data", kImages, "--labels", kLabels, "--eps", "300"}).code == 2);
  CHECK(bulwark({"attack", model, "--data", kImages, "--labels", kLabels, "--method", "transfer"}).code == 2);
  const Outcome floats = bulwark(
      {"attack", model, "--data", kQuickstart + "/fmnist-interval-w4a4-logits.npy", "--labels", kLabels});
  CHECK(floats.code == 3);
}

}  // namespace bulwark::test
