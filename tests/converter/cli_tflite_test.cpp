// SPDX-License-Identifier: Apache-2.0
// The tool on TFLite files: converted whole or refused with every reason and nothing written.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "converter/io/file.h"
#include "tests/converter/temp_folder.h"
#include "tests/converter/tool.h"

using namespace bulwark;
using Catch::Contains;

namespace {

const std::string kFolder = BULWARK_SOURCE_DIR "/tests/corpus/tflite/";

}  // namespace

TEST_CASE("A TFLite model with three unsupported operators lists all three, and nothing is written",
          "[tflite]") {
  const test::TempFolder folder;
  const test::Outcome outcome =
      test::bulwark({"convert", kFolder + "refused_three_operators.tflite", "-o", folder / "m.bwk"});
  CHECK(outcome.code == 3);
  CHECK_THAT(
      outcome.err,
      Contains("operator 0 (UNIQUE) of subgraph 0, output 't1': is not supported") &&
          Contains("operator 1 (custom operator 'Mystery') of subgraph 0, output 't2': is not supported") &&
          Contains("operator 3 (HASHTABLE_LOOKUP) of subgraph 0, output 't5': is not supported"));
  CHECK(folder.entries() == 0);
}

TEST_CASE("The content says what a source is, not its name alone", "[tflite]") {
  const test::TempFolder folder;
  test::spill(folder / "m.onnx", converter::io::read_file(kFolder + "net_int8.tflite"));
  CHECK(test::bulwark({"convert", folder / "m.onnx", "-o", folder / "m.bwk"}).code == 0);
  test::spill(folder / "m.tflite", std::string("not a model at all"));
  CHECK(test::bulwark({"convert", folder / "m.tflite", "-o", folder / "n.bwk"}).code == 3);
}

TEST_CASE("The tool converts, inspects, runs and compares a TFLite model", "[tflite]") {
  const test::TempFolder folder;
  const std::string source = kFolder + "net_int8.tflite";
  CHECK(test::bulwark({"convert", source, "-o", folder / "m.bwk"}).code == 0);
  CHECK(test::bulwark({"inspect", folder / "m.bwk"}).code == 0);
  test::spill(folder / "x.bin", std::string(7 * 9 * 3, '\x15'));
  CHECK(test::bulwark({"run", folder / "m.bwk", "--input", folder / "x.bin", "--output-dir", folder / "out"})
            .code == 0);
  CHECK(converter::io::read_file(folder / "out/output0.bin").size() == 5);
  const test::Outcome diff =
      test::bulwark({"diff", source, folder / "m.bwk", "--input", folder / "x.bin", "--json"});
  CAPTURE(diff.err);
  REQUIRE(diff.code == 0);
  CHECK(nlohmann::json::parse(diff.out).at("layers").size() >= 7);
}
