// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstring>
#include <nlohmann/json.hpp>

#include "bulwark/bulwark.h"
#include "converter/io/npy.h"
#include "converter/write/writer.h"
#include "tests/converter/sample_models.h"
#include "tests/converter/temp_folder.h"
#include "tests/converter/tool.h"

namespace bulwark::test {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using converter::io::Npy;
using converter::io::NpyType;
using converter::io::read_npy;
using converter::io::write_npy;
using converter::write::write_file;
using nlohmann::json;

Npy pictures(std::vector<std::int64_t> shape) {
  Npy array{NpyType::u8, std::move(shape), {}};
  std::size_t count = 1;
  for (const std::int64_t d : array.shape) count *= static_cast<std::size_t>(d);
  for (std::size_t i = 0; i < count; ++i) array.bytes.push_back(static_cast<std::uint8_t>(i * 37 + 11));
  return array;
}

/// The same pictures as the reals that the model's input scale gives their levels.
Npy as_reals(const Npy& levels, float scale) {
  Npy array{NpyType::f32, levels.shape, {}};
  for (const std::uint8_t level : levels.bytes) {
    const float value = static_cast<float>(level) * scale;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
    array.bytes.insert(array.bytes.end(), bytes, bytes + sizeof value);
  }
  return array;
}

/// [N, C, H, W] -> [N, H, W, C]
Npy channels_last(const Npy& array) {
  const auto n = array.shape[0], c = array.shape[1], pixels = array.shape[2] * array.shape[3];
  Npy out{array.type, {n, array.shape[2], array.shape[3], c}, std::vector<std::uint8_t>(array.bytes.size())};
  for (std::int64_t b = 0; b < n; ++b) {
    for (std::int64_t p = 0; p < pixels; ++p) {
      for (std::int64_t k = 0; k < c; ++k) {
        out.bytes[static_cast<std::size_t>((b * pixels + p) * c + k)] =
            array.bytes[static_cast<std::size_t>((b * c + k) * pixels + p)];
      }
    }
  }
  return out;
}

TEST_CASE("run: floats, uint8 levels and raw data through both doors give the same bytes") {
  const TempFolder folder;
  write_file(conv_model(), folder / "m.bwk");
  const Npy levels = pictures({3, 1, 4, 4});
  write_npy(folder / "u8.npy", levels);
  write_npy(folder / "f32.npy", as_reals(levels, 1.0f / 255));
  spill(folder / "f32.raw", as_reals(levels, 1.0f / 255).bytes);
  std::vector<std::uint8_t> expected;
  for (const char* input : {"u8.npy", "f32.npy", "f32.raw"}) {
    const Outcome outcome =
        bulwark({"run", folder / "m.bwk", "--input", folder / input, "--output-dir", folder / "out/deep"});
    INFO(input << outcome.err);
    REQUIRE(outcome.code == 0);
    const std::vector<std::uint8_t> raw = slurp(folder / "out/deep/output0.bin");
    const Npy array = read_npy(folder / "out/deep/output0.npy");
    CHECK(array.bytes == raw);
    CHECK(array.shape == std::vector<std::int64_t>{3, 4});
    CHECK(array.type == NpyType::f32);
    if (expected.empty()) expected = raw;
    CHECK(raw == expected);
  }
}

TEST_CASE("run: NHWC pictures are told by their shape") {
  const TempFolder folder;
  write_file(every_operator_model(), folder / "m.bwk");
  const Npy levels = pictures({2, 2, 6, 6});
  write_npy(folder / "nchw.npy", levels);
  write_npy(folder / "nhwc.npy", channels_last(levels));
  REQUIRE(
      bulwark({"run", folder / "m.bwk", "--input", folder / "nchw.npy", "--output-dir", folder / "a"}).code ==
      0);
  REQUIRE(
      bulwark({"run", folder / "m.bwk", "--input", folder / "nhwc.npy", "--output-dir", folder / "b"}).code ==
      0);
  CHECK(slurp(folder / "a/output0.bin") == slurp(folder / "b/output0.bin"));
}

TEST_CASE("run: paths, threads and repetition do not change a byte, and the report is JSON") {
  const TempFolder folder;
  write_file(every_operator_model(), folder / "m.bwk");
  write_npy(folder / "x.npy", pictures({2, 2, 6, 6}));
  const Outcome first = bulwark({"run", folder / "m.bwk", "--input", folder / "x.npy", "--output-dir",
                                 folder / "a", "--path", "reference", "--json"});
  REQUIRE(first.code == 0);
  const json report = json::parse(first.out);
  CHECK(report["path"] == "reference");
  CHECK(report["samples"] == 2);
  CHECK(report["outputs"][0]["shape"] == json({2, 5}));
  REQUIRE(bulwark({"run", folder / "m.bwk", "--input", folder / "x.npy", "--output-dir", folder / "b",
                   "--threads", "3", "--repeat", "5"})
              .code == 0);
  CHECK(slurp(folder / "a/output0.bin") == slurp(folder / "b/output0.bin"));
}

TEST_CASE("run: a missing input is a usage error that names the inputs") {
  const TempFolder folder;
  write_file(conv_model(), folder / "m.bwk");
  const Outcome none = bulwark({"run", folder / "m.bwk", "--output-dir", folder / "out"});
  CHECK(none.code == 2);
  CHECK_THAT(none.err, Contains("'x' (f32 [1, 1, 4, 4])"));
  write_npy(folder / "x.npy", pictures({1, 1, 4, 4}));
  const Outcome two = bulwark({"run", folder / "m.bwk", "--input", folder / "x.npy", "--input",
                               folder / "x.npy", "--output-dir", folder / "out"});
  CHECK(two.code == 2);
  const Outcome nowhere = bulwark({"run", folder / "m.bwk", "--input", folder / "x.npy"});
  CHECK(nowhere.code == 2);
  CHECK_THAT(nowhere.err, Contains("--output-dir"));
}

TEST_CASE("run: inputs of a wrong type or size are refused with what is expected") {
  const TempFolder folder;
  write_file(conv_model(), folder / "m.bwk");
  write_npy(folder / "shape.npy", pictures({1, 1, 4, 5}));
  Npy integers{NpyType::s32, {1, 1, 4, 4}, std::vector<std::uint8_t>(64)};
  write_npy(folder / "type.npy", integers);
  spill(folder / "raw.bin", std::vector<std::uint8_t>(63));
  spill(folder / "broken.npy", std::string("\x93NUMPY broken"));
  write_npy(folder / "none.npy", Npy{NpyType::u8, {0, 1, 4, 4}, {}});
  const std::pair<const char*, const char*> cases[] = {{"shape.npy", "uint8 [1, 1, 4, 5]; input 0 ('x')"},
                                                       {"type.npy", "type int32; input 0 ('x')"},
                                                       {"raw.bin", "63 bytes"},
                                                       {"broken.npy", "byte "},
                                                       {"none.npy", "[0, 1, 4, 4]"}};
  for (const auto& [file, message] : cases) {
    const Outcome outcome =
        bulwark({"run", folder / "m.bwk", "--input", folder / file, "--output-dir", folder / "out"});
    INFO(outcome.err);
    CHECK(outcome.code == 3);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, StartsWith("bulwark: ") && Contains(file) && Contains(message));
  }
  CHECK(!std::filesystem::exists(folder / "out"));
  CHECK(bulwark({"run", folder / "m.bwk", "--input", folder / "absent.npy", "--output-dir", folder / "out"})
            .code == 4);
}

TEST_CASE("run: an unknown path is a usage error that lists the paths") {
  const TempFolder folder;
  write_file(conv_model(), folder / "m.bwk");
  write_npy(folder / "x.npy", pictures({1, 1, 4, 4}));
  const Outcome outcome = bulwark({"run", folder / "m.bwk", "--input", folder / "x.npy", "--output-dir",
                                   folder / "out", "--path", "warp"});
  CHECK(outcome.code == 2);
  CHECK_THAT(outcome.err, Contains("'warp'") && Contains("reference"));
}

TEST_CASE("run: a full disk or a file in the way of the folder is exit code 4, old outputs stay") {
  const TempFolder folder;
  write_file(conv_model(), folder / "m.bwk");
  write_npy(folder / "x.npy", pictures({900, 1, 4, 4}));
  std::filesystem::create_directory(folder / "out");
  spill(folder / "out/output0.bin", std::string("old"));
  ToolOptions full;
  full.file_size_limit = 4096;
  const Outcome outcome =
      bulwark({"run", folder / "m.bwk", "--input", folder / "x.npy", "--output-dir", folder / "out"}, full);
  CHECK(outcome.code == 4);
  CHECK_THAT(outcome.err, Contains("output0.bin"));
  CHECK(slurp(folder / "out/output0.bin").size() == 3);
  CHECK(std::distance(std::filesystem::directory_iterator(folder / "out"), {}) == 1);
  spill(folder / "file", std::string("x"));
  CHECK(
      bulwark({"run", folder / "m.bwk", "--input", folder / "x.npy", "--output-dir", folder / "file"}).code ==
      4);
}

/// The model with an input and the outputs that the runtime gives for it.
converter::write::ModelSpec with_golden(const TempFolder& folder) {
  converter::write::ModelSpec spec = conv_model();
  write_file(spec, folder / "plain.bwk");
  const Npy reals = as_reals(pictures({1, 1, 4, 4}), 1.0f / 255);
  write_npy(folder / "x.npy", reals);
  REQUIRE(bulwark({"run", folder / "plain.bwk", "--input", folder / "x.npy", "--output-dir", folder / "out"})
              .code == 0);
  spec.golden_inputs = {{0, reals.bytes}};
  spec.golden_outputs = {{0, slurp(folder / "out/output0.bin")}};
  return spec;
}

TEST_CASE("run --golden: 0 when the outputs are as recorded, 1 when they differ, 3 when there are none") {
  const TempFolder folder;
  converter::write::ModelSpec spec = with_golden(folder);
  write_file(spec, folder / "good.bwk");
  spec.golden_outputs[0].data[0] ^= 1;
  write_file(spec, folder / "bad.bwk");
  CHECK(bulwark({"run", folder / "good.bwk", "--golden"}).code == 0);
  const Outcome bad = bulwark({"run", folder / "bad.bwk", "--golden", "--json"});
  CHECK(bad.code == 1);
  CHECK(json::parse(bad.out)["golden"] == false);
  const Outcome none = bulwark({"run", folder / "plain.bwk", "--golden"});
  CHECK(none.code == 3);
  CHECK_THAT(none.err, Contains("no golden data"));
}

}  // namespace
}  // namespace bulwark::test
