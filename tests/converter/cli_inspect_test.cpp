// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "converter/io/npy.h"
#include "converter/write/writer.h"
#include "tests/converter/sample_models.h"
#include "tests/converter/temp_folder.h"
#include "tests/converter/tool.h"

namespace bulwark::test {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using converter::write::write_file;
using nlohmann::json;

const std::string kQuickstart = BULWARK_SOURCE_DIR "/examples/quickstart";
const std::string kImages = kQuickstart + "/fashion-mnist-200-images.npy";

TEST_CASE("inspect: the JSON tells what was written") {
  const TempFolder folder;
  write_file(conv_model(), folder / "m.bwk");
  const Outcome outcome = bulwark({"inspect", folder / "m.bwk", "--json"});
  REQUIRE(outcome.code == 0);
  CHECK(outcome.err.empty());
  const json report = json::parse(outcome.out);
  CHECK(report["schema_version"] == 1);
  CHECK(report["producer"] == "bulwark tests");
  CHECK(report["bit_exact"] == true);
  CHECK(report["content_sha256"].get<std::string>().size() == 64);
  CHECK(report["file_bytes"] == slurp(folder / "m.bwk").size());
  CHECK(report["recipe"] == "written by hand");
  CHECK(report["metadata"]["source"] == "conv_model");
  CHECK(report["arena_bytes"].get<int>() > 0);
  CHECK(report["inputs"][0]["integer_door"]["lo"] == -128);
  CHECK(report["macs"] == 16 * 3 * 9 + 4 * 48);

  const json& conv = report["layers"][2];
  CHECK(conv["name"] == "conv1");
  CHECK(conv["kind"] == "conv_2d");
  CHECK(conv["geometry"] == "3×3, pad 1");
  CHECK(conv["shape"] == json({1, 4, 4, 3}));
  CHECK(conv["weight_format"] == "s8");
  CHECK(conv["parameters"] == 3 * 9 + 3);
  CHECK(conv["activation_bits"] == 7);
  CHECK(conv["lo"] == 0);
  CHECK(conv["hi"] == 100);
  CHECK(conv["linf_norm"] == 21.5);
  CHECK(conv["clip_slack"] == 3);
  CHECK(!conv["kernel"].get<std::string>().empty());
  CHECK(report["layers"][4]["weight_bits"] == 4);
  CHECK(report["layers"][4]["clip_slack"].is_null());
}

TEST_CASE("inspect: every operator kind has its line, in text, JSON and the drawing") {
  const TempFolder folder;
  write_file(every_operator_model(), folder / "m.bwk");
  const Outcome text = bulwark({"inspect", folder / "m.bwk", "--html", folder / "m.html"});
  REQUIRE(text.code == 0);
  const json report = json::parse(bulwark({"inspect", folder / "m.bwk", "--json"}).out);
  const std::vector<std::uint8_t> bytes = slurp(folder / "m.html");
  const std::string page(bytes.begin(), bytes.end());
  REQUIRE(report["layers"].size() == 14);
  for (const json& layer : report["layers"]) {
    const std::string kind = layer["kind"];
    CHECK_THAT(text.out, Contains(kind));
    CHECK_THAT(page, Contains(kind));
  }
}

TEST_CASE("inspect: float operators are labelled as not bit-exact") {
  const TempFolder folder;
  write_file(float_model(), folder / "m.bwk");
  const Outcome text = bulwark({"inspect", folder / "m.bwk", "--html", folder / "m.html"});
  REQUIRE(text.code == 0);
  CHECK_THAT(text.out, Contains("float, not bit-exact"));
  const json report = json::parse(bulwark({"inspect", folder / "m.bwk", "--json"}).out);
  CHECK(report["bit_exact"] == false);
  CHECK(report["layers"][0]["bit_exact"] == false);
  CHECK(report["layers"][1]["bit_exact"] == true);
  const std::vector<std::uint8_t> page = slurp(folder / "m.html");
  CHECK_THAT(std::string(page.begin(), page.end()), Contains("not bit-exact"));
}

TEST_CASE("inspect: the page stands alone and names are escaped") {
  const TempFolder folder;
  converter::write::ModelSpec spec = conv_model();
  spec.operators[2].name = "<script>alert('\"&')</script>";
  spec.metadata.emplace_back("note", "<img src=x>");
  write_file(spec, folder / "m.bwk");
  REQUIRE(bulwark({"inspect", folder / "m.bwk", "--html", folder / "m.html"}).code == 0);
  const std::vector<std::uint8_t> bytes = slurp(folder / "m.html");
  const std::string page(bytes.begin(), bytes.end());
  CHECK_THAT(page, StartsWith("<!doctype html>") && Contains("<svg") && Contains("&lt;script&gt;"));
  for (const char* outside : {"<script", "<img", "<link", "src=\"", "href=", "@import", "url(http"}) {
    INFO(outside);
    CHECK(page.find(outside) == std::string::npos);
  }
}

TEST_CASE("inspect: wrong files are refused with one message") {
  const TempFolder folder;
  write_file(conv_model(), folder / "m.bwk");
  std::vector<std::uint8_t> cut = slurp(folder / "m.bwk");
  cut.resize(cut.size() / 2);
  spill(folder / "cut.bwk", cut);
  spill(folder / "text.bwk", std::string("this is no model, just some text"));
  spill(folder / "empty.bwk", std::string());
  const std::tuple<std::string, int, const char*> cases[] = {
      {folder / "absent.bwk", 4, "No such file"}, {folder.path(), 4, "it is a folder"},
      {"/dev/null", 4, "not a regular file"},     {folder / "cut.bwk", 3, "cut.bwk"},
      {folder / "text.bwk", 3, "text.bwk"},       {folder / "empty.bwk", 3, "empty.bwk"}};
  for (const auto& [path, code, message] : cases) {
    const Outcome outcome = bulwark({"inspect", path});
    INFO(path << ": " << outcome.err);
    CHECK(outcome.code == code);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, StartsWith("bulwark: ") && Contains(message));
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  }
}

TEST_CASE("inspect: a report that can not be written is exit code 4") {
  const TempFolder folder;
  write_file(conv_model(), folder / "m.bwk");
  ToolOptions full;
  full.stdout_to = "/dev/full";
  const Outcome to_full = bulwark({"inspect", folder / "m.bwk"}, full);
  CHECK(to_full.code == 4);
  CHECK_THAT(to_full.err, Contains("No space left"));
  CHECK(bulwark({"inspect", folder / "m.bwk", "--html", "/dev/full"}).code == 4);
  CHECK(bulwark({"inspect", folder / "m.bwk", "--html", folder / "none/m.html"}).code == 4);
  CHECK(folder.entries() == 1);
}

TEST_CASE("inspect: --norms puts every bound between power iteration and the cheap bound", "[inspect]") {
  const TempFolder folder;
  REQUIRE(bulwark({"convert", kQuickstart + "/fmnist-interval-w4a4.onnx", "-o", folder / "m.bwk"}).code == 0);
  const json report = json::parse(bulwark({"inspect", folder / "m.bwk", "--norms", "--json"}).out);
  int layers = 0;
  for (const json& layer : report["layers"]) {
    if (!layer.contains("reshaped_norm")) continue;
    ++layers;
    CHECK(layer["l2_lower"].get<double>() <= layer["l2_bound"].get<double>());
    CHECK(layer["l2_lower"].get<double>() > 0);
    CHECK(layer["reshaped_norm"].get<double>() > 0);
    CHECK(layer["from_input"]["l2"].get<double>() > 0);
  }
  CHECK(layers == 4);
}

TEST_CASE("inspect: --data measures how changes grow and draws them", "[inspect]") {
  const TempFolder folder;
  const std::string model = folder / "m.bwk", page = folder / "m.html";
  REQUIRE(bulwark({"convert", kQuickstart + "/fmnist-interval-w4a4.onnx", "-o", model}).code == 0);
  const std::vector<std::string> arguments = {"inspect", model,       "--data", kImages, "--samples",
                                              "8",       "--queries", "50",     "--eps", "16",
                                              "--html",  page,        "--json"};
  const Outcome outcome = bulwark(arguments);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const json grown = json::parse(outcome.out)["amplification"];
  CHECK(grown["samples"] == 8);
  CHECK(grown["layers"].size() == json::parse(outcome.out)["layers"].size());
  CHECK(grown["input"]["noise"].get<double>() > 0);
  for (const json& layer : grown["layers"]) CHECK(layer["attacked"].get<double>() >= 0);
  CHECK(bulwark(arguments).out == outcome.out);
  const std::vector<std::uint8_t> bytes = slurp(page);
  CHECK_THAT(std::string(bytes.begin(), bytes.end()), Contains("How a change of the input grows"));

  // The same pictures as "attacked" ones: nothing moves.
  const json still = json::parse(
      bulwark({"inspect", model, "--data", kImages, "--attacked", kImages, "--samples", "3", "--json"})
          .out)["amplification"];
  CHECK(still["growth"]["attacked"] == 0.0);
  CHECK(still["attacked_label_changes"] == 0);
}

TEST_CASE("inspect: samples that do not fit are refused", "[inspect]") {
  const TempFolder folder;
  const std::string model = folder / "m.bwk";
  REQUIRE(bulwark({"convert", kQuickstart + "/fmnist-interval-w4a4.onnx", "-o", model}).code == 0);
  const Outcome labels = bulwark({"inspect", model, "--data", kQuickstart + "/fashion-mnist-200-labels.npy"});
  CHECK(labels.code == 3);
  CHECK_THAT(labels.err, Contains("labels.npy"));
  CHECK(bulwark({"inspect", model, "--attacked", kImages}).code == 2);
  converter::io::Npy pictures = converter::io::read_npy(kImages);
  pictures.bytes[100] = static_cast<std::uint8_t>(pictures.bytes[100] + 20);
  converter::io::write_npy(folder / "far.npy", pictures);
  const Outcome far =
      bulwark({"inspect", model, "--data", kImages, "--attacked", folder / "far.npy", "--eps", "8"});
  CHECK(far.code == 3);
  CHECK_THAT(far.err, Contains("picture 0 is 20 steps") && Contains("element 100"));
}

}  // namespace
}  // namespace bulwark::test
