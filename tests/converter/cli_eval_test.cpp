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
using converter::io::Npy;
using converter::io::NpyType;
using converter::io::read_npy;
using converter::io::write_npy;
using nlohmann::json;

constexpr std::int64_t kSamples = 40;

/// A model, pictures, and the label that the model gives to each.
struct Task {
  TempFolder folder;
  std::vector<std::uint8_t> predicted;

  Task() {
    converter::write::write_file(conv_model(), folder / "m.bwk");
    Npy x{NpyType::u8, {kSamples, 1, 4, 4}, {}};
    std::uint32_t state = 1;
    for (std::int64_t i = 0; i < kSamples * 16; ++i) {
      state = state * 1664525 + 1013904223;
      x.bytes.push_back(static_cast<std::uint8_t>(state >> 24));
    }
    write_npy(folder / "x.npy", x);
    REQUIRE(bulwark({"run", folder / "m.bwk", "--input", folder / "x.npy", "--output-dir", folder / "out"})
                .code == 0);
    const std::vector<float> scores = read_npy(folder / "out/output0.npy").as_floats();
    for (std::size_t i = 0; i < scores.size(); i += 4) {
      std::size_t best = 0;
      for (std::size_t c = 1; c < 4; ++c) {
        if (scores[i + c] > scores[i + best]) best = c;
      }
      predicted.push_back(static_cast<std::uint8_t>(best));
    }
  }

  Outcome eval(const Npy& labels) {
    write_npy(folder / "y.npy", labels);
    return bulwark(
        {"eval", folder / "m.bwk", "--data", folder / "x.npy", "--labels", folder / "y.npy", "--json"});
  }
};

TEST_CASE("eval: accuracy and confusion are counted from the outputs") {
  Task task;
  std::vector<std::uint8_t> labels = task.predicted;
  for (std::size_t i = 0; i < 10; ++i) labels[i] = static_cast<std::uint8_t>((labels[i] + 1) % 4);
  const Outcome outcome = task.eval({NpyType::u8, {kSamples}, labels});
  REQUIRE(outcome.code == 0);
  const json report = json::parse(outcome.out);
  CHECK(report["samples"] == kSamples);
  CHECK(report["correct"] == kSamples - 10);
  CHECK(report["accuracy"] == Approx(0.75));
  std::vector<std::vector<std::int64_t>> confusion(4, std::vector<std::int64_t>(4));
  for (std::size_t i = 0; i < labels.size(); ++i) ++confusion[labels[i]][task.predicted[i]];
  CHECK(report["confusion"] == confusion);

  const Outcome text = bulwark(
      {"eval", task.folder / "m.bwk", "--data", task.folder / "x.npy", "--labels", task.folder / "y.npy"});
  CHECK_THAT(text.out, Contains("accuracy 75.00 % (30 of 40)"));
}

TEST_CASE("eval: of equal scores the first wins") {
  const TempFolder folder;
  converter::write::ModelSpec spec = conv_model();
  auto& weights = spec.operators[4].linear->weights.integers;
  weights.assign(weights.size(), 1);
  spec.operators[4].linear->bias.assign(4, 0);
  converter::write::write_file(spec, folder / "m.bwk");
  write_npy(folder / "x.npy", {NpyType::u8, {2, 4, 4}, std::vector<std::uint8_t>(32, 200)});
  write_npy(folder / "y.npy", {NpyType::u8, {2}, {0, 3}});
  const Outcome outcome =
      bulwark({"eval", folder / "m.bwk", "--data", folder / "x.npy", "--labels", folder / "y.npy", "--json"});
  REQUIRE(outcome.code == 0);
  CHECK(json::parse(outcome.out)["confusion"][3][0] == 1);
}

TEST_CASE("eval: labels that do not fit are refused by place") {
  Task task;
  std::vector<std::uint8_t> labels = task.predicted;
  labels[7] = 4;
  const Outcome outside = task.eval({NpyType::u8, {kSamples}, labels});
  CHECK(outside.code == 3);
  CHECK_THAT(outside.err, Contains("label 4 of sample 7"));
  labels.pop_back();
  const Outcome few = task.eval({NpyType::u8, {kSamples - 1}, labels});
  CHECK(few.code == 3);
  CHECK_THAT(few.err, Contains("39 label(s)") && Contains("40 sample(s)"));
  const Outcome floats = task.eval({NpyType::f32, {kSamples}, std::vector<std::uint8_t>(kSamples * 4)});
  CHECK(floats.code == 3);
  CHECK_THAT(floats.err, Contains("float32"));
}

}  // namespace
}  // namespace bulwark::test
