// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstring>
#include <nlohmann/json.hpp>

#include "converter/io/npy.h"
#include "converter/write/writer.h"
#include "tests/converter/sample_models.h"
#include "tests/converter/temp_folder.h"
#include "tests/converter/tool.h"

namespace bulwark::test {
namespace {

using Catch::Matchers::Contains;
using converter::io::Npy;
using converter::io::NpyType;
using converter::io::read_npy;
using converter::io::write_npy;
using nlohmann::json;

/// The sample model, pictures, and its outputs in "out".
struct Task {
  TempFolder folder;

  Task() {
    converter::write::write_file(conv_model(), folder / "m.bwk");
    Npy x{NpyType::u8, {5, 1, 4, 4}, {}};
    for (std::size_t i = 0; i < 80; ++i) x.bytes.push_back(static_cast<std::uint8_t>(i * 41 + 3));
    write_npy(folder / "x.npy", x);
    REQUIRE(bulwark({"run", folder / "m.bwk", "--input", folder / "x.npy", "--output-dir", folder / "out"})
                .code == 0);
  }

  Outcome diff(const std::string& b, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"diff",    folder / "m.bwk", folder / b,
                                          "--input", folder / "x.npy", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return bulwark(arguments);
  }
};

TEST_CASE("diff: a model against its own outputs is at distance 0") {
  Task task;
  for (const char* reference : {"out", "out/output0.npy", "m.bwk"}) {
    const Outcome outcome = task.diff(reference, {"--tolerance", "0"});
    INFO(reference << outcome.err);
    REQUIRE(outcome.code == 0);
    const json output = json::parse(outcome.out)["outputs"][0];
    CHECK(output["name"] == "logits");
    CHECK(output["largest"] == 0);
    CHECK(output["mean"] == 0);
    CHECK(output["cosine"] == Approx(1));
    CHECK(output["labels"] == 5);
    CHECK(output["equal_labels"] == 5);
  }
}

TEST_CASE("diff: the distance of changed outputs is measured and judged") {
  Task task;
  Npy changed = read_npy(task.folder / "out/output0.npy");
  float value;
  std::memcpy(&value, changed.bytes.data() + 12, sizeof value);
  value += 2;
  std::memcpy(changed.bytes.data() + 12, &value, sizeof value);
  write_npy(task.folder / "changed.npy", changed);
  const Outcome near = task.diff("changed.npy", {"--tolerance", "2.001"});
  CHECK(near.code == 0);
  CHECK(json::parse(near.out)["outputs"][0]["largest"] == Approx(2));
  CHECK(json::parse(near.out)["outputs"][0]["mean"] == Approx(0.1));
  const Outcome far = task.diff("changed.npy", {"--tolerance", "1.9"});
  CHECK(far.code == 1);
  CHECK(json::parse(far.out)["within_limits"] == false);
  const Outcome no_steps = task.diff("changed.npy", {"--max-steps", "1"});
  CHECK(no_steps.code == 2);
  CHECK_THAT(no_steps.err, Contains("'logits'") && Contains("--tolerance"));
}

TEST_CASE("diff: layers of two models are compared by name, in steps") {
  Task task;
  converter::write::ModelSpec other = conv_model();
  other.operators[2].linear->bias[0] += 100;  // one unit of the output step
  converter::write::write_file(other, task.folder / "other.bwk");
  const Outcome outcome = task.diff("other.bwk");
  REQUIRE(outcome.code == 0);
  const json report = json::parse(outcome.out);
  bool seen = false;
  for (const json& layer : report["layers"]) {
    if (layer["name"] == "x_nhwc") CHECK(layer["largest"] == 0);
    if (layer["name"] != "c") continue;
    seen = true;
    CHECK(layer["largest_steps"] == Approx(1));
    CHECK(layer["step"] == Approx(0.05));
  }
  CHECK(seen);
}

TEST_CASE("diff: an integer output behind a dequantize is judged in steps") {
  const TempFolder folder;
  converter::write::write_file(every_operator_model(), folder / "m.bwk");
  write_npy(folder / "x.npy", {NpyType::u8, {1, 2, 6, 6}, std::vector<std::uint8_t>(72, 77)});
  REQUIRE(
      bulwark({"run", folder / "m.bwk", "--input", folder / "x.npy", "--output-dir", folder / "out"}).code ==
      0);
  Npy output = read_npy(folder / "out/output0.npy");
  float value;
  std::memcpy(&value, output.bytes.data(), sizeof value);
  value += 1.0f / 256;
  std::memcpy(output.bytes.data(), &value, sizeof value);
  write_npy(folder / "one.npy", output);
  const auto diff = [&](const char* steps) {
    return bulwark({"diff", folder / "m.bwk", folder / "one.npy", "--input", folder / "x.npy", "--max-steps",
                    steps})
        .code;
  };
  CHECK(diff("1") == 0);
  CHECK(diff("0") == 1);
}

TEST_CASE("diff: numbered cases of a folder are found without --input") {
  Task task;
  const Npy x = read_npy(task.folder / "x.npy");
  const std::vector<std::uint8_t> outputs = slurp(task.folder / "out/output0.bin");
  std::filesystem::create_directory(task.folder / "cases");
  for (std::size_t k = 0; k < 5; ++k) {
    std::vector<std::uint8_t> reals(64);
    for (std::size_t i = 0; i < 16; ++i) {
      const float value = static_cast<float>(x.bytes[k * 16 + i]) * (1.0f / 255);
      std::memcpy(reals.data() + 4 * i, &value, sizeof value);
    }
    const std::string stem = task.folder / ("cases/case" + std::to_string(k));
    spill(stem + "_in0.bin", reals);
    spill(stem + "_out0.bin",
          std::vector<std::uint8_t>(outputs.begin() + static_cast<std::ptrdiff_t>(16 * k),
                                    outputs.begin() + static_cast<std::ptrdiff_t>(16 * k + 16)));
  }
  const Outcome all =
      bulwark({"diff", task.folder / "m.bwk", task.folder / "cases", "--tolerance", "0", "--json"});
  INFO(all.err);
  CHECK(all.code == 0);
  CHECK(json::parse(all.out)["samples"] == 5);
  const Outcome one = bulwark({"diff", task.folder / "cases", task.folder / "m.bwk", "--input",
                               task.folder / "cases/case3_in0.bin", "--tolerance", "0"});
  CHECK(one.code == 0);
}

TEST_CASE("diff: sides that can not be compared are refused") {
  Task task;
  const Outcome no_model =
      bulwark({"diff", task.folder / "out", task.folder / "out", "--input", task.folder / "x.npy"});
  CHECK(no_model.code == 2);
  CHECK_THAT(no_model.err, Contains("must be a model"));
  CHECK(bulwark({"diff", task.folder / "m.bwk", task.folder / "out"}).code == 2);
  CHECK(task.diff("absent.bwk").code == 4);
  std::filesystem::create_directory(task.folder / "empty");
  const Outcome empty = task.diff("empty");
  CHECK(empty.code == 4);
  CHECK_THAT(empty.err, Contains("output0.npy"));
  write_npy(task.folder / "few.npy", {NpyType::f32, {4, 4}, std::vector<std::uint8_t>(64)});
  const Outcome few = task.diff("few.npy");
  CHECK(few.code == 3);
  CHECK_THAT(few.err, Contains("5 run(s)") && Contains("4"));
  converter::write::write_file(every_operator_model(), task.folder / "other.bwk");
  CHECK(task.diff("other.bwk").code == 3);
}

TEST_CASE("diff: the first layer where the distance grows is named, and drawn on a page") {
  TempFolder folder;
  converter::write::ModelSpec spec = every_operator_model();
  converter::write::write_file(spec, folder / "a.bwk");
  std::size_t changed = 0;
  for (std::size_t i = 0; i < spec.operators.size(); ++i) {
    if (!spec.operators[i].linear || spec.operators[i].linear->bias.empty()) continue;
    changed = i;
  }
  for (std::int32_t& bias : spec.operators[changed].linear->bias) bias += 20000;
  const std::string name = spec.tensors[static_cast<std::size_t>(spec.operators[changed].outputs[0])].name;
  converter::write::write_file(spec, folder / "b.bwk");
  std::vector<std::string> arguments = {"diff",   folder / "a.bwk",  folder / "b.bwk",
                                        "--html", folder / "d.html", "--json"};
  for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
    const auto& tensor = spec.tensors[static_cast<std::size_t>(spec.inputs[i])];
    const bool real = tensor.type == schema::ElementType::f32;
    Npy x{real ? NpyType::f32 : NpyType::s8, {tensor.shape.begin(), tensor.shape.end()}, {}};
    std::size_t elements = 1;
    for (const std::int32_t size : tensor.shape) elements *= static_cast<std::size_t>(size);
    x.bytes.resize(elements * (real ? 4 : 1));
    const std::string file = folder / ("x" + std::to_string(i) + ".npy");
    write_npy(file, x);
    arguments.insert(arguments.end(), {"--input", file});
  }
  const Outcome outcome = bulwark(arguments);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(json::parse(outcome.out)["first_growth"] == name);
  const std::vector<std::uint8_t> page = slurp(folder / "d.html");
  const std::string html(page.begin(), page.end());
  CHECK_THAT(html, Contains("grows here") && Contains("<svg") && Contains(name));
  CHECK(html.find("http") == std::string::npos);

  arguments[2] = folder / "a.bwk";
  const Outcome same = bulwark(arguments);
  INFO(same.err);
  REQUIRE(same.code == 0);
  CHECK(json::parse(same.out)["first_growth"].is_null());
}

}  // namespace
}  // namespace bulwark::test
