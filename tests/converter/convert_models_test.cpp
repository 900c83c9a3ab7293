// SPDX-License-Identifier: Apache-2.0
// Real models from source to runtime: the keyword network in its three forms, and the benchmark layers.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>
#include <iostream>

#include "converter/convert.h"
#include "converter/error.h"
#include "converter/io/npy.h"
#include "tests/converter/convert_graphs.h"
#include "tests/converter/convert_runner.h"

using namespace bulwark;
using converter::TensorData;

namespace {

struct KeywordCase {
  TensorData input, output;
};

TensorData read_floats(const std::string& path, const converter::Shape& shape) {
  const std::vector<std::uint8_t> bytes = converter::io::read_file(path);
  TensorData tensor{shape, std::vector<float>(bytes.size() / sizeof(float))};
  std::memcpy(tensor.data.data(), bytes.data(), bytes.size());
  return tensor;
}

std::vector<KeywordCase> keyword_cases(const std::string& model) {
  std::vector<KeywordCase> cases;
  const std::string folder = test::shared_model("golden/onnx/" + model);
  for (int i = 0; !folder.empty() && i < 4; ++i) {
    const std::string name = folder + "/case" + std::to_string(i);
    cases.push_back({read_floats(name + "_in0.bin", {1, 1960}), read_floats(name + "_out0.bin", {1, 10})});
  }
  return cases;
}

std::ptrdiff_t label(const TensorData& t) {
  return std::max_element(t.data.begin(), t.data.end()) - t.data.begin();
}

}  // namespace

TEST_CASE(
    "The quantized keyword networks give the labels and, up to float ties, the outputs of the reference") {
  // The reference of the QDQ form averages floats: where four levels sum to a tie, the noise of its float sum
  // decides, so that it is up to 5 steps from exact arithmetic (and 2 from another order of summation). With
  // its own decisions at the ties of both average pools the distance is 0. See the layer test for the bound
  // that holds per operator.
  const auto [name, steps] = GENERATE(
      table<std::string, float>({{"micro_kws_m_static_qdq", 5}, {"micro_kws_m_static_qoperator", 1}}));
  const std::string path = test::shared_model("onnx/" + name + ".onnx");
  if (path.empty()) return;
  const converter::ConvertResult result = converter::convert(path, {});
  CHECK(result.report.float_operators.empty());
  test::Runner runner(result.spec);
  CHECK(runner.bit_exact());
  CHECK(runner.has_integer_door());
  float largest = 0;
  for (const KeywordCase& c : keyword_cases(name)) {
    const std::vector<TensorData> got = runner.run({c.input});
    CHECK(label(got.at(0)) == label(c.output));
    largest = std::max(largest, test::largest_distance({c.output}, got) * 255);
  }
  std::cout << name << ": largest distance " << largest << " output steps\n";
  CHECK(largest <= steps + 0.001f);
}

TEST_CASE("The float keyword network, calibrated, gives the reference's labels") {
  const auto method =
      GENERATE(converter::quantize::RangeMethod::min_max, converter::quantize::RangeMethod::percentile,
               converter::quantize::RangeMethod::mse);
  const std::string name = "micro_kws_m_static_fp32";
  const std::string path = test::shared_model("onnx/" + name + ".onnx");
  if (path.empty()) return;
  const std::vector<KeywordCase> cases = keyword_cases(name);
  converter::ConvertOptions options;
  options.quantize.method = method;
  std::vector<std::vector<TensorData>> samples;
  for (const KeywordCase& c : cases) samples.push_back({c.input});
  options.calibration = samples;
  const converter::ConvertResult result = converter::convert(path, options);
  CHECK(result.report.float_operators.empty());
  test::Runner runner(result.spec);
  CHECK(runner.bit_exact());
  CHECK(runner.has_integer_door());
  float largest = 0;
  for (const KeywordCase& c : cases) {
    const std::vector<TensorData> got = runner.run({c.input});
    CHECK(label(got.at(0)) == label(c.output));
    largest = std::max(largest, test::largest_distance({c.output}, got));
  }
  std::cout << name << " calibrated: largest distance of a probability " << largest << "\n";
}

TEST_CASE("A float model without calibration data is refused with the option's name") {
  const std::string path = test::shared_model("onnx/micro_kws_m_static_fp32.onnx");
  if (path.empty()) return;
  CHECK_THROWS_WITH(converter::convert(path, {}), Catch::Contains("--calibrate"));
}

TEST_CASE("Calibration data of another shape are refused with both shapes") {
  const std::string path = test::shared_model("onnx/micro_kws_m_static_fp32.onnx");
  if (path.empty()) return;
  converter::ConvertOptions options;
  options.calibration = std::vector<std::vector<TensorData>>{{TensorData{{1, 10}, std::vector<float>(10)}}};
  CHECK_THROWS_WITH(converter::convert(path, options), Catch::Contains("calibration sample 0") &&
                                                           Catch::Contains("[1,1960]") &&
                                                           Catch::Contains("[1,10]"));
}

TEST_CASE("A source of another kind is a usage error") {
  CHECK_THROWS_WITH(converter::import_source("model.pb"), Catch::Contains("model.pb"));
}

TEST_CASE("The benchmark layers convert, verify and run, at most one step from the twin") {
  const std::string name = GENERATE("c3x3_s8", "dw14_s8", "fc_s8", "pw14_s8", "pw56_s8", "pw7_s8", "stem_s8");
  const std::string path = test::shared_model("perf/" + name + ".onnx");
  if (path.empty()) return;
  const converter::ConvertResult result = converter::convert(path, {});
  test::Runner runner(result.spec);
  CHECK(runner.bit_exact());
  test::GraphMaker maker;
  maker.graph = converter::import_source(path);
  const std::vector<TensorData> inputs = maker.sample();
  CHECK(test::largest_distance(converter::evaluate(maker.graph, inputs), runner.run(inputs)) <= 1);
}

TEST_CASE("MobileNetV2 converts within 20 seconds, verifies and runs") {
  const std::string path = test::shared_model("perf/mnv2_int8.onnx");
  if (path.empty()) return;
  const auto start = std::chrono::steady_clock::now();
  const converter::ConvertResult result = converter::convert(path, {});
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::cout << "mnv2_int8: converted in " << seconds.count() << " s\n";
  CHECK(seconds.count() < 20);
  CHECK(result.report.float_operators.empty());
  test::Runner runner(result.spec);
  CHECK(runner.bit_exact());
  test::GraphMaker maker;
  maker.graph = converter::import_source(path);
  const std::vector<TensorData> inputs = maker.sample();
  const float distance = test::largest_distance(converter::evaluate(maker.graph, inputs), runner.run(inputs));
  std::cout << "mnv2_int8: largest distance from the twin " << distance << " steps\n";
  CHECK(distance <= 2);
}
