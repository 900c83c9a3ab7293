// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "converter/io/npy.h"
#include "tests/converter/onnx_builder.h"
#include "tests/converter/temp_folder.h"
#include "tests/converter/tool.h"

namespace bulwark::test {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using converter::io::Npy;
using converter::io::NpyType;
using converter::io::write_npy;
using nlohmann::json;
using tests::OnnxBuilder;
using tests::set;

const std::string kQuickstart = BULWARK_SOURCE_DIR "/examples/quickstart/fmnist-interval-w4a4.onnx";
const std::string kPictures = BULWARK_SOURCE_DIR "/examples/quickstart/fashion-mnist-200-images.npy";

std::vector<float> waves(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = std::sin(0.7f * static_cast<float>(i) + 0.3f);
  return values;
}

/// "x" [1, 2, 6, 6] -> conv1 (3x3, 4 channels) -> ReLU -> fc -> "y" [1, 3], all float.
OnnxBuilder float_net() {
  OnnxBuilder net;
  net.input("x", {1, 2, 6, 6}).output("y");
  net.floats("w1", {4, 2, 3, 3}, waves(72)).floats("b1", {4}, waves(4));
  net.floats("w2", {64, 3}, waves(192)).floats("b2", {3}, waves(3));
  set(net.node("Conv", {"x", "w1", "b1"}, {"c"}), "kernel_shape", std::vector<std::int64_t>{3, 3})
      .set_name("conv1");
  net.node("Relu", {"c"}, {"r"}).set_name("relu1");
  net.node("Flatten", {"r"}, {"f"}).set_name("flatten1");
  net.node("Gemm", {"f", "w2", "b2"}, {"y"}).set_name("fc");
  return net;
}

void write(const OnnxBuilder& net, const std::string& path) { spill(path, net.bytes()); }

/// A folder with the float net and pictures for its calibration.
struct FloatTask {
  TempFolder folder;

  FloatTask() {
    write(float_net(), folder / "m.onnx");
    Npy x{NpyType::u8, {16, 2, 6, 6}, {}};
    for (std::size_t i = 0; i < 16 * 72; ++i) x.bytes.push_back(static_cast<std::uint8_t>(i * 53 + i / 7));
    write_npy(folder / "x.npy", x);
  }

  Outcome convert(std::vector<std::string> more) {
    std::vector<std::string> arguments = {"convert", folder / "m.onnx", "-o", folder / "m.bwk"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    if (!more.empty() && more[0] == "--calibrate" && more.back() != "as-is") {
      arguments.insert(arguments.end(), {"--mean", "0", "--std", "255"});
    }
    if (arguments.back() == "as-is") arguments.pop_back();
    return bulwark(arguments);
  }
  bool written() const { return std::filesystem::exists(folder / "m.bwk"); }
};

TEST_CASE("convert: the quickstart's model, with its summary, twice the same file") {
  const TempFolder folder;
  const Outcome text = bulwark({"convert", kQuickstart, "-o", folder / "a.bwk"});
  INFO(text.err);
  REQUIRE(text.code == 0);
  CHECK(text.err.empty());
  CHECK_THAT(text.out, Contains("times smaller") && Contains("s4") && Contains("bit-exact"));
  const Outcome as_json = bulwark({"convert", kQuickstart, "-o", folder / "b.bwk", "--json"});
  REQUIRE(as_json.code == 0);
  const json report = json::parse(as_json.out);
  CHECK(report["source"] == kQuickstart);
  CHECK(report["float_operators"].empty());
  CHECK(slurp(folder / "a.bwk") == slurp(folder / "b.bwk"));
  CHECK(folder.entries() == 2);
}

TEST_CASE("convert: a float model without --calibrate is refused with the way out") {
  FloatTask task;
  const Outcome outcome = task.convert({});
  CHECK(outcome.code == 3);
  CHECK(outcome.out.empty());
  CHECK_THAT(outcome.err,
             StartsWith("bulwark: ") && Contains("m.onnx' is a float model") && Contains("--calibrate"));
  CHECK(!task.written());
}

TEST_CASE("convert: a float model is quantized with a file or a folder of samples") {
  FloatTask task;
  const Outcome from_file = task.convert({"--calibrate", task.folder / "x.npy"});
  INFO(from_file.err);
  REQUIRE(from_file.code == 0);
  const std::vector<std::uint8_t> bytes = slurp(task.folder / "m.bwk");
  std::filesystem::create_directory(task.folder / "samples");
  std::filesystem::copy(task.folder / "x.npy", task.folder / "samples/x.npy");
  REQUIRE(task.convert({"--calibrate", task.folder / "samples"}).code == 0);
  CHECK(slurp(task.folder / "m.bwk") == bytes);
  CHECK_THAT(from_file.out, Contains("conv1") && Contains("fc"));
}

TEST_CASE(
    "convert: uint8 samples need a mean and a deviation, and the input then takes the pictures' levels") {
  FloatTask task;
  const Outcome unsaid = task.convert({"--calibrate", task.folder / "x.npy", "as-is"});
  CHECK(unsaid.code == 2);
  CHECK_THAT(unsaid.err,
             Contains("uint8") && Contains("--mean") && Contains("--std") && Contains("input 'x'"));
  const Outcome channels =
      task.convert({"--calibrate", task.folder / "x.npy", "--mean", "1,2,3", "--std", "9", "as-is"});
  CHECK(channels.code == 2);
  CHECK_THAT(channels.err, Contains("3 values"));
  CHECK(task.convert({"--calibrate", task.folder / "x.npy", "--mean", "1", "--std", "0", "as-is"}).code == 2);
  write_npy(task.folder / "f.npy", {NpyType::f32, {2, 2, 6, 6}, std::vector<std::uint8_t>(2 * 72 * 4)});
  const Outcome floats =
      task.convert({"--calibrate", task.folder / "f.npy", "--mean", "0", "--std", "255", "as-is"});
  CHECK(floats.code == 2);
  CHECK_THAT(floats.err, Contains("float32"));
  CHECK(!task.written());

  const Outcome done = task.convert(
      {"--calibrate", task.folder / "x.npy", "--mean", "100,100", "--std", "50", "--json", "as-is"});
  INFO(done.err);
  REQUIRE(done.code == 0);
  const json input = json::parse(done.out)["quantization"]["activations"][0];
  CHECK(input["lo"] == Approx(-2.0));
  CHECK(input["hi"] == Approx(3.1));
}

TEST_CASE("convert: channels last or first, the samples mean the same") {
  FloatTask task;
  const Npy x = converter::io::read_npy(task.folder / "x.npy");
  Npy last{NpyType::u8, {16, 6, 6, 2}, std::vector<std::uint8_t>(x.bytes.size())};
  for (std::size_t n = 0; n < 16; ++n) {
    for (std::size_t c = 0; c < 2; ++c) {
      for (std::size_t p = 0; p < 36; ++p) last.bytes[n * 72 + p * 2 + c] = x.bytes[n * 72 + c * 36 + p];
    }
  }
  write_npy(task.folder / "last.npy", last);
  REQUIRE(task.convert({"--calibrate", task.folder / "x.npy", "--weights", "4"}).code == 0);
  const std::vector<std::uint8_t> bytes = slurp(task.folder / "m.bwk");
  REQUIRE(task.convert({"--calibrate", task.folder / "last.npy", "--weights", "4"}).code == 0);
  CHECK(slurp(task.folder / "m.bwk") == bytes);
}

TEST_CASE("convert: every way to quantize is taken, and the error of each layer is told") {
  FloatTask task;
  const std::vector<std::vector<std::string>> ways = {
      {"--range", "kl"},         {"--range", "mse"},       {"--range", "percentile:99.9"},
      {"--rounding", "nearest"}, {"--no-bias-correction"}, {"--equalize"},
      {"--symmetric"},           {"--per-tensor"}};
  spill(task.folder / "plan.json", std::string(R"({"layers": {"conv1": {"weights": 3, "activations": 4}}})"));
  for (const auto& way : ways) {
    std::vector<std::string> arguments = {"--calibrate", task.folder / "x.npy", "--bits",
                                          task.folder / "plan.json", "--json"};
    arguments.insert(arguments.end(), way.begin(), way.end());
    const Outcome outcome = task.convert(arguments);
    INFO(way[0] << outcome.err);
    REQUIRE(outcome.code == 0);
    const json layer = json::parse(outcome.out)["quantization"]["layers"][0];
    CHECK(layer["name"] == "conv1");
    CHECK(layer["weight_bits"] == 3);
    CHECK(layer["optimized_rounding"] == (way.back() != "nearest"));
    CHECK(layer["bias_corrected"] == (way[0] != "--no-bias-correction"));
    CHECK(layer["written"]["sqnr_db"] >= layer["nearest"]["sqnr_db"]);
  }
  CHECK(task.convert({"--calibrate", task.folder / "x.npy", "--range", "percentile:40"}).code == 2);
  CHECK(task.convert({"--calibrate", task.folder / "x.npy", "--range", "mse:3"}).code == 2);
  const Outcome text = task.convert({"--calibrate", task.folder / "x.npy"});
  CHECK_THAT(text.out, Contains("mean steps") && Contains("nearest, bias") && Contains("clipped"));
}

TEST_CASE("convert: the widths asked for are in the file") {
  FloatTask task;
  spill(task.folder / "plan.json", std::string(R"({"layers": {"conv1": {"weights": 2, "activations": 5}}})"));
  const Outcome outcome = task.convert({"--calibrate", task.folder / "x.npy", "--bits",
                                        task.folder / "plan.json", "--weights", "4", "--json"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const json report = json::parse(outcome.out);
  bool seen = false;
  for (const json& layer : report["layers"]) {
    if (layer["name"] != "conv1") continue;
    seen = true;
    CHECK(layer["weight_bits"].get<double>() <= 2);
    CHECK(layer["activation_bits"] == 5);
  }
  CHECK(seen);
}

TEST_CASE("convert: a wrong plan names every layer and value that is wrong") {
  FloatTask task;
  const auto refusal = [&](const std::string& plan) {
    spill(task.folder / "plan.json", plan);
    const Outcome outcome =
        task.convert({"--calibrate", task.folder / "x.npy", "--bits", task.folder / "plan.json"});
    CHECK(outcome.code == 3);
    CHECK(!task.written());
    return outcome.err;
  };
  CHECK_THAT(refusal(R"({"layers": {"conv9": {"weights": 4}, "fc": {"weights": "four"}}})"),
             Contains("'conv9' is not in the model") && Contains("conv1, fc") &&
                 Contains("layer 'fc': \"weights\" is \"four\""));
  CHECK_THAT(refusal(R"({"layers": {"fc": {"weights": 5}}})"),
             Contains("\"weights\" is 5, must be one of 0, 2, 3, 4, 8"));
  CHECK_THAT(refusal(R"({"layers": {"fc": {"activations": 1}}})"), Contains("\"activations\" is 1"));
  CHECK_THAT(refusal(R"({"layers": {"fc": 4}})"), Contains("layer 'fc'"));
  CHECK_THAT(refusal(R"({"layers": {"fc": {"bits": 4}}})"), Contains("unknown key \"bits\""));
  CHECK_THAT(refusal(R"({"fc": {"weights": 4}})"), Contains("no object \"layers\""));
  CHECK_THAT(refusal(R"({"layers": )"), Contains("byte ") && Contains("not JSON"));
}

TEST_CASE("convert: calibration samples that do not fit are refused") {
  FloatTask task;
  write_npy(task.folder / "shape.npy", {NpyType::u8, {4, 2, 6, 7}, std::vector<std::uint8_t>(4 * 84)});
  write_npy(task.folder / "type.npy", {NpyType::s64, {4, 2, 6, 6}, std::vector<std::uint8_t>(4 * 72 * 8)});
  write_npy(task.folder / "none.npy", {NpyType::u8, {0, 2, 6, 6}, {}});
  std::filesystem::create_directory(task.folder / "empty");
  for (const char* file : {"shape.npy", "type.npy", "none.npy", "empty"}) {
    const Outcome outcome = task.convert({"--calibrate", task.folder / file});
    INFO(outcome.err);
    CHECK(outcome.code == 3);
    CHECK_THAT(outcome.err, Contains(file));
  }
  CHECK(task.convert({"--calibrate", task.folder / "absent.npy"}).code == 4);
  CHECK(!task.written());
}

TEST_CASE("convert: options of float models on a quantized one are a usage error that explains it") {
  const TempFolder folder;
  for (const std::vector<std::string>& option : {std::vector<std::string>{"--weights", "4"},
                                                 {"--activations", "4"},
                                                 {"--calibrate", kPictures},
                                                 {"--bits", "p.json"}}) {
    std::vector<std::string> arguments = {"convert", kQuickstart, "-o", folder / "m.bwk"};
    arguments.insert(arguments.end(), option.begin(), option.end());
    const Outcome outcome = bulwark(arguments);
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.err, Contains("quantized already") && Contains(option[0]));
  }
  CHECK(folder.entries() == 0);
}

TEST_CASE("convert: all unsupported operators are listed at once by name") {
  const TempFolder folder;
  OnnxBuilder net = float_net();
  net.graph().mutable_node(0)->set_op_type("Einsum");
  net.graph().mutable_node(1)->set_op_type("NonMaxSuppression");
  write(net, folder / "m.onnx");
  const Outcome outcome = bulwark({"convert", folder / "m.onnx", "-o", folder / "m.bwk"});
  CHECK(outcome.code == 3);
  CHECK(outcome.out.empty());
  CHECK_THAT(outcome.err,
             Contains("conv1") && Contains("Einsum") && Contains("relu1") && Contains("NonMaxSuppression"));
  CHECK(!std::filesystem::exists(folder / "m.bwk"));
}

TEST_CASE("convert: sources that are no models") {
  const TempFolder folder;
  spill(folder / "text.onnx", std::string("not a model at all"));
  spill(folder / "model.txt", std::string("x"));
  std::filesystem::create_directory(folder / "folder.onnx");
  const std::pair<const char*, int> cases[] = {
      {"text.onnx", 3}, {"model.txt", 2}, {"absent.onnx", 4}, {"folder.onnx", 4}};
  for (const auto& [source, code] : cases) {
    const Outcome outcome = bulwark({"convert", folder / source, "-o", folder / "m.bwk"});
    INFO(source << ": " << outcome.err);
    CHECK(outcome.code == code);
    CHECK_THAT(outcome.err, StartsWith("bulwark: ") && Contains(source));
    CHECK(outcome.out.empty());
  }
  CHECK(folder.entries() == 3);
}

TEST_CASE("convert: a place that can not be written is exit code 4 and the old file stays") {
  const TempFolder folder;
  for (const std::string& output : {folder.path(), folder / "none/m.bwk", std::string("/dev/full")}) {
    const Outcome outcome = bulwark({"convert", kQuickstart, "-o", output});
    INFO(outcome.err);
    CHECK(outcome.code == 4);
    CHECK_THAT(outcome.err, Contains(output));
  }
  CHECK(folder.entries() == 0);

  spill(folder / "m.bwk", std::string("old"));
  ToolOptions full;
  full.file_size_limit = 2048;
  const Outcome outcome = bulwark({"convert", kQuickstart, "-o", folder / "m.bwk"}, full);
  CHECK(outcome.code == 4);
  CHECK_THAT(outcome.err, Contains("m.bwk"));
  CHECK(slurp(folder / "m.bwk").size() == 3);
  CHECK(folder.entries() == 1);
  CHECK(bulwark({"convert", kQuickstart, "-o", kQuickstart}).code == 2);
}

TEST_CASE("convert: killed at any moment, the output is the old file or the whole new one") {
  const TempFolder folder;
  REQUIRE(bulwark({"convert", kQuickstart, "-o", folder / "whole.bwk"}).code == 0);
  const std::vector<std::uint8_t> whole = slurp(folder / "whole.bwk");
  const std::vector<std::uint8_t> old = {'o', 'l', 'd'};
  for (unsigned us = 500; us < 200000; us += us / 2) {
    spill(folder / "m.bwk", old);
    ToolOptions kill;
    kill.kill_after_us = us;
    bulwark({"convert", kQuickstart, "-o", folder / "m.bwk"}, kill);
    const std::vector<std::uint8_t> found = slurp(folder / "m.bwk");
    CHECK((found == old || found == whole));
  }
}

TEST_CASE("convert --golden: the file carries an input and what the runtime made of it") {
  const TempFolder folder;
  const Outcome outcome =
      bulwark({"convert", kQuickstart, "-o", folder / "m.bwk", "--golden", kPictures, "--json"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(json::parse(outcome.out)["golden"]["inputs"] == 1);
  for (const char* path : {"reference", ""}) {
    std::vector<std::string> arguments = {"run", folder / "m.bwk", "--golden"};
    if (*path) arguments.insert(arguments.end(), {"--path", path});
    CHECK(bulwark(arguments).code == 0);
  }
  const Outcome two =
      bulwark({"convert", kQuickstart, "-o", folder / "n.bwk", "--golden", kPictures, "--golden", kPictures});
  CHECK(two.code == 2);
  CHECK(!std::filesystem::exists(folder / "n.bwk"));
}

}  // namespace
}  // namespace bulwark::test
