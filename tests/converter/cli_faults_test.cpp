// SPDX-License-Identifier: Apache-2.0
// convert --clip-eps, run --count-clips and faults through the built tool.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "converter/io/npy.h"
#include "tests/converter/temp_folder.h"
#include "tests/converter/tool.h"

namespace bulwark::test {
namespace {

using Json = nlohmann::json;

const std::string kQuickstart = BULWARK_SOURCE_DIR "/examples/quickstart";
// 8 bits: with 4 the bounds of most channels would lie outside of their ranges.
const std::string kSource = BULWARK_SOURCE_DIR "/examples/models/fmnist-adversarial-half-w8a8.onnx";
const std::string kImages = kQuickstart + "/fashion-mnist-200-images.npy";
const std::string kLabels = kQuickstart + "/fashion-mnist-200-labels.npy";

Json report(const std::vector<std::string>& arguments) {
  const Outcome outcome = bulwark(arguments);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  return Json::parse(outcome.out);
}

std::int64_t cut(const Json& run) {
  std::int64_t sum = 0;
  for (const Json& layer : run["clips"]) sum += layer["cut"].get<std::int64_t>();
  return sum;
}

/// The test pictures with every pixel turned around.
std::string inverted(const TempFolder& folder) {
  converter::io::Npy images = converter::io::read_npy(kImages);
  for (std::uint8_t& byte : images.bytes) byte = static_cast<std::uint8_t>(255 - byte);
  const std::string file = folder / "inverted.npy";
  converter::io::write_npy(file, images);
  return file;
}

}  // namespace

TEST_CASE("clip bounds of a quantized source leave its calibration pictures alone and cut others",
          "[clips]") {
  TempFolder folder;
  const std::string plain = folder / "plain.bwk", clipped = folder / "clipped.bwk";
  REQUIRE(bulwark({"convert", kSource, "-o", plain}).code == 0);
  const Json made =
      report({"convert", kSource, "-o", clipped, "--calibrate", kImages, "--clip-eps", "0", "--json"});
  CHECK(made["notes"].dump().find("clip bounds for input changes of 0 step(s), from 200 sample(s)") !=
        std::string::npos);
  const Json model = report({"inspect", clipped, "--json"});
  CHECK(model["clip_eps"] == 0);
  int slacks = 0;
  for (const Json& layer : model["layers"]) slacks += layer["clip_slack"].is_number() ? 1 : 0;
  CHECK(slacks > 0);

  const auto run = [&](const std::string& file, const std::string& input, const std::string& out) {
    return report({"run", file, "--input", input, "--output-dir", folder / out, "--count-clips", "--json"});
  };
  CHECK(run(plain, kImages, "a")["clips"].empty());
  const Json quiet = run(clipped, kImages, "b");
  CHECK(static_cast<int>(quiet["clips"].size()) == slacks);
  CHECK(cut(quiet) == 0);
  CHECK(slurp(folder / "a/output0.bin") == slurp(folder / "b/output0.bin"));
  CHECK(cut(run(clipped, inverted(folder), "c")) > 0);
}

TEST_CASE("faults: flips lower the accuracy, and nothing is noticed without them", "[clips]") {
  TempFolder folder;
  const std::string model = folder / "m.bwk", page = folder / "faults.html";
  REQUIRE(bulwark({"convert", kSource, "-o", model, "--calibrate", kImages, "--clip-eps", "0"}).code == 0);
  for (const std::string flips : {"activations", "weights"}) {
    const Json faults = report({"faults", model, "--data", kImages, "--labels", kLabels, "--flips", flips,
                                "--rate", "0.05", "--trials", "2", "--seed", "7", "--html", page, "--json"});
    REQUIRE(faults["levels"].size() == 2);
    const Json &clean = faults["levels"][0], &faulty = faults["levels"][1];
    CHECK(clean["flips"] == 0);
    CHECK(clean["noticed"] == 0);
    CHECK(clean["changed"] == 0);
    CHECK(clean["accuracy_without_bounds"] == clean["accuracy_with_bounds"]);
    CHECK(faulty["flips"] > 0);
    if (faulty["runs"] == 0) continue;  // every faulty file was refused
    CHECK(faulty["accuracy_without_bounds"] < clean["accuracy_without_bounds"]);
    CHECK(faulty["noticed"] > 0);
    CHECK(faulty["changed_noticed"] <= faulty["changed"]);
  }
  const auto html = slurp(page);
  CHECK(std::string(html.begin(), html.end()).find("<svg") != std::string::npos);
}

TEST_CASE("clip bounds and faults say what they lack", "[clips]") {
  TempFolder folder;
  const std::string model = folder / "m.bwk";
  const Outcome uncalibrated = bulwark({"convert", kSource, "-o", model, "--clip-eps", "2"});
  CHECK(uncalibrated.code == 2);
  CHECK(uncalibrated.err.find("--clip-eps needs samples of the input") != std::string::npos);
  const Outcome idle = bulwark({"convert", kSource, "-o", model, "--calibrate", kImages});
  CHECK(idle.err.find("--calibrate has nothing to act on") != std::string::npos);
  REQUIRE(bulwark({"convert", kSource, "-o", model}).code == 0);
  const Outcome open = bulwark({"faults", model, "--data", kImages, "--labels", kLabels});
  CHECK(open.code == 3);
  CHECK(open.err.find("has no clip bounds: bulwark convert --clip-eps makes them") != std::string::npos);
}

}  // namespace bulwark::test
