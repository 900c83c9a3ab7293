// SPDX-License-Identifier: Apache-2.0
// TFLite models that nobody here wrote: MLPerf Tiny against the reference kernels' recorded answers, real
// pictures and sounds, and the benchmark layers.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>

#include "converter/convert.h"
#include "converter/io/file.h"
#include "tests/converter/convert_graphs.h"
#include "tests/converter/convert_runner.h"

using namespace bulwark;
using converter::TensorData;

namespace {

std::vector<std::int8_t> read_levels(const std::string& path) {
  const std::vector<std::uint8_t> bytes = converter::io::read_file(path);
  std::vector<std::int8_t> levels;
  for (const std::uint8_t byte : bytes) levels.push_back(static_cast<std::int8_t>(byte));
  return levels;
}

std::vector<float> read_floats(const std::string& path) {
  const std::vector<std::uint8_t> bytes = converter::io::read_file(path);
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

template <typename T>
TensorData as_tensor(const converter::Shape& shape, const std::vector<T>& values) {
  return {shape, {values.begin(), values.end()}};
}

std::ptrdiff_t label(const std::vector<float>& values) {
  return std::max_element(values.begin(), values.end()) - values.begin();
}

std::string read_text(const std::string& path) {
  const std::vector<std::uint8_t> bytes = converter::io::read_file(path);
  return {bytes.begin(), bytes.end()};
}

/// A quantized model with one input and one output, ready to run.
struct Model {
  converter::Graph graph;
  converter::ConvertResult converted;
  test::Runner runner;

  explicit Model(const std::string& path)
      : graph(converter::import_source(path)),
        converted(converter::convert(path, {})),
        runner(converted.spec) {}
  const converter::Shape& input_shape() const { return graph[graph.inputs[0]].shape; }
  float scale() const { return graph[graph.inputs[0]].scale; }
  std::int32_t zero_point() const { return graph[graph.inputs[0]].zero_point; }
  template <typename T>
  std::vector<float> run(const std::vector<T>& levels) {
    return runner.run({as_tensor(input_shape(), levels)}).at(0).data;
  }
  /// The nearest level of every value, as TFLite's QUANTIZE has it.
  std::vector<float> quantized(const std::vector<float>& values) const {
    std::vector<float> levels;
    for (const float v : values) {
      levels.push_back(
          std::clamp(std::round(v / scale()) + static_cast<float>(zero_point()), -128.0f, 127.0f));
    }
    return levels;
  }
};

}  // namespace

TEST_CASE("The MLPerf Tiny models are as close to the reference kernels as LiteRT's own builds, or 2 steps",
          "[tflite]") {
  const std::string name = GENERATE("ad01_int8", "kws_ref_model", "pretrainedResnet_quant",
                                    "pretrainedResnet_large_int8", "str_ww_ref_model", "vww_96_int8");
  const std::string path = test::shared_model("mlperf_tiny/" + name + ".tflite");
  const std::string golden = test::shared_model("golden/mlperf_tiny/" + name);
  if (path.empty() || golden.empty()) return;
  CAPTURE(name);
  const auto meta = nlohmann::json::parse(read_text(golden + "/meta.json"));
  const float allowed = std::max({2.0f, meta.at("maxabsdiff_builtin_opt_vs_ref").get<float>(),
                                  meta.at("maxabsdiff_xnnpack_vs_ref").get<float>()});
  Model model(path);
  CHECK(model.converted.report.float_operators.empty());
  CHECK(model.runner.bit_exact());
  float largest = 0;
  const int cases = meta.at("cases").get<int>();
  REQUIRE(cases > 0);
  for (int i = 0; i < cases; ++i) {
    const std::string stem = golden + "/case" + std::to_string(i);
    const std::vector<std::int8_t> expected = read_levels(stem + "_out0.bin");
    const std::vector<float> got = model.run(read_levels(stem + "_in0.bin"));
    REQUIRE(got.size() == expected.size());
    for (std::size_t k = 0; k < got.size(); ++k)
      largest = std::max(largest, std::abs(got[k] - static_cast<float>(expected[k])));
    CHECK(label(got) == std::max_element(expected.begin(), expected.end()) - expected.begin());
  }
  std::cout << name << ": largest distance " << largest << " steps, allowed " << allowed << "\n";
  CHECK(largest <= allowed);
}

TEST_CASE("Real pictures get the label that the reference gives", "[tflite]") {
  const auto [name, folder] = GENERATE(table<std::string, std::string>(
      {{"pretrainedResnet_quant", "real/resnet"}, {"vww_96_int8", "real/vww"}}));
  const std::string path = test::shared_model("mlperf_tiny/" + name + ".tflite");
  const std::string samples = test::shared_model(folder);
  if (path.empty() || samples.empty()) return;
  Model model(path);
  int same = 0;
  for (int i = 0; i < 10; ++i) {
    const std::string file = samples + "/input/" + std::to_string(i) + ".bin";
    std::vector<float> levels;
    if (folder == "real/resnet") {  // pixels
      for (const std::uint8_t pixel : converter::io::read_file(file))
        levels.push_back(static_cast<float>(pixel) - 128);
    } else {
      levels = model.quantized(read_floats(file));
    }
    const std::vector<float> expected = read_floats(samples + "/output_tflite/" + std::to_string(i) + ".bin");
    same += label(model.run(levels)) == label(expected);
  }
  std::cout << name << ": " << same << " of 10 real pictures as the reference\n";
  CHECK(same == 10);
}

TEST_CASE("Anomaly scores of real sounds are within 1 percent of the reference's", "[tflite]") {
  const std::string path = test::shared_model("mlperf_tiny/ad01_int8.tflite");
  const std::string samples = test::shared_model("real/toycar");
  if (path.empty() || samples.empty()) return;
  Model model(path);
  const auto score = [](const std::vector<float>& sound, const std::vector<float>& rebuilt) {
    double sum = 0;
    for (std::size_t i = 0; i < sound.size(); ++i)
      sum += std::pow(static_cast<double>(sound[i] - rebuilt[i]), 2.0);
    return sum / static_cast<double>(sound.size());
  };
  const auto& out =
      model.converted.spec.tensors.at(static_cast<std::size_t>(model.converted.spec.outputs.at(0)));
  double worst = 0;
  for (int i = 0; i < 10; ++i) {
    const std::vector<float> sound = read_floats(samples + "/input/" + std::to_string(i) + ".bin");
    std::vector<float> rebuilt = model.run(model.quantized(sound));
    for (float& v : rebuilt) v = out.scale * (v - static_cast<float>(out.zero_point));
    const double reference =
        score(sound, read_floats(samples + "/output_tflite/" + std::to_string(i) + ".bin"));
    worst = std::max(worst, std::abs(score(sound, rebuilt) / reference - 1));
  }
  std::cout << "ad01_int8: anomaly scores at most " << 100 * worst << " % from the reference's\n";
  CHECK(worst <= 0.01);
}

TEST_CASE("The benchmark layers from TFLite convert, verify and run, at most one step from the twin",
          "[tflite]") {
  const auto [name, steps] = GENERATE(table<std::string, float>({{"c3x3", 1},
                                                                 {"dw14", 1},
                                                                 {"fc", 1},
                                                                 {"fc_w4", 1},
                                                                 {"pw14", 1},
                                                                 {"pw14_w4", 1},
                                                                 {"pw56", 1},
                                                                 {"pw56_w4", 1},
                                                                 {"pw7", 1},
                                                                 {"pw7_w4", 1},
                                                                 {"stem", 1},
                                                                 {"mnv2_int8", 2}}));
  const std::string path = test::shared_model("perf/" + name + ".tflite");
  if (path.empty()) return;
  CAPTURE(name);
  Model model(path);
  CHECK(model.runner.bit_exact());
  test::GraphMaker maker;
  maker.graph = model.graph;
  const std::vector<TensorData> inputs = maker.sample();
  CHECK(test::largest_distance(converter::evaluate(maker.graph, inputs), model.runner.run(inputs)) <= steps);
}
