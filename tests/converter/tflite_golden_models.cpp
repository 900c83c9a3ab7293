// SPDX-License-Identifier: Apache-2.0
// Not run with the others: writes every exact TFLite model of the corpus, and the shared ones where they are,
// as .bwk files that hold one input and the outputs of this machine's reference path, for
// tests/project/golden_bytes.sh.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "converter/convert.h"
#include "converter/io/npy.h"
#include "tests/converter/convert_runner.h"
#include "tests/converter/temp_folder.h"
#include "tests/converter/tool.h"

using namespace bulwark;

namespace {

std::vector<std::filesystem::path> sources() {
  std::vector<std::filesystem::path> found;
  const std::filesystem::path shared = std::filesystem::path(BULWARK_SOURCE_DIR) / "../shared/models";
  for (const auto& folder : {std::filesystem::path(BULWARK_SOURCE_DIR) / "tests/corpus/tflite",
                             shared / "mlperf_tiny", shared / "perf"}) {
    if (!std::filesystem::exists(folder)) {
      WARN("skipped: no shared models at " << folder.string());
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const std::string name = entry.path().stem().string();
      const bool excluded = name.starts_with("refused_") || name.starts_with("hybrid_");
      if (entry.path().extension() == ".tflite" && !excluded) found.push_back(entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

converter::io::Npy random_input(const converter::Value& value, std::mt19937& random) {
  converter::io::Npy array;
  array.type = value.type == converter::DType::s8   ? converter::io::NpyType::s8
               : value.type == converter::DType::u8 ? converter::io::NpyType::u8
                                                    : converter::io::NpyType::f32;
  array.shape = value.shape;
  const std::int64_t count = converter::element_count(value.shape);
  for (std::int64_t i = 0; i < count; ++i) {
    if (array.type != converter::io::NpyType::f32) {
      array.bytes.push_back(static_cast<std::uint8_t>(random()));
      continue;
    }
    const float x = static_cast<float>(static_cast<std::int32_t>(random() % 20001) - 10000) / 5000.0f;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&x);
    array.bytes.insert(array.bytes.end(), bytes, bytes + sizeof x);
  }
  return array;
}

}  // namespace

TEST_CASE("Golden models of TFLite sources", "[.golden-models]") {
  const char* folder = std::getenv("BULWARK_GOLDEN_MODELS");
  REQUIRE(folder != nullptr);
  setenv("BULWARK_PATH", "reference", 1);
  const test::TempFolder work;
  std::mt19937 random(20);
  int written = 0;
  for (const std::filesystem::path& source : sources()) {
    INFO(source.string());
    const converter::Graph graph = converter::import_source(source.string());
    if (converter::quantize::is_float_graph(graph)) continue;
    const std::string model = std::string(folder) + "/" + source.stem().string() + ".bwk";
    std::vector<std::string> arguments = {"convert", source.string(), "-o", model};
    for (std::size_t i = 0; i < graph.own_inputs(); ++i) {
      const std::string file = work / ("in" + std::to_string(i) + ".npy");
      converter::io::write_npy(file, random_input(graph[graph.inputs[i]], random));
      arguments.insert(arguments.end(), {"--golden", file});
    }
    const test::Outcome outcome = test::bulwark(arguments);
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    ++written;
  }
  CHECK(written > 100);
}
