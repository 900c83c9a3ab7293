// SPDX-License-Identifier: Apache-2.0
// Float models that nobody here wrote, quantized with real pictures, against themselves in float.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <iostream>

#include "converter/convert.h"
#include "converter/io/file.h"
#include "tests/converter/convert_runner.h"

using namespace bulwark;
using converter::TensorData;
using Samples = std::vector<std::vector<TensorData>>;

namespace {

/// The ten pictures: uint8 values as floats 0..255, or floats as they are.
Samples pictures(const std::string& folder, const converter::Shape& shape, bool bytes) {
  Samples samples;
  for (int i = 0; i < 10; ++i) {
    const std::vector<std::uint8_t> file =
        converter::io::read_file(folder + "/" + std::to_string(i) + ".bin");
    TensorData tensor{shape, {}};
    if (bytes) {
      tensor.data.assign(file.begin(), file.end());
    } else {
      tensor.data.resize(file.size() / sizeof(float));
      std::memcpy(tensor.data.data(), file.data(), file.size());
    }
    samples.push_back({tensor});
  }
  return samples;
}

std::ptrdiff_t label(const TensorData& t) {
  return std::max_element(t.data.begin(), t.data.end()) - t.data.begin();
}

int equal_labels(const std::string& path, const Samples& samples,
                 const converter::quantize::QuantizeOptions& how) {
  const converter::Graph source = converter::import_source(path);
  converter::ConvertOptions options;
  options.calibration = samples;
  options.quantize = how;
  const converter::ConvertResult result = converter::convert(source, path, options);
  CHECK(result.report.float_operators.empty());
  REQUIRE(result.quantization);
  test::Runner runner(result.spec);
  CHECK(runner.bit_exact());
  int equal = 0;
  for (const auto& sample : samples)
    equal += label(runner.run(sample)[0]) == label(converter::evaluate(source, sample)[0]) ? 1 : 0;
  return equal;
}

}  // namespace

TEST_CASE(
    "The float ResNet-8 and visual wake words keep all labels with 8 bits, nearly all with 4-bit weights") {
  const bool resnet = GENERATE(true, false);
  const std::string path =
      test::shared_model(resnet ? "mlperf_tiny/pretrainedResnet.tflite" : "mlperf_tiny/vww_96_float.tflite");
  const std::string folder = test::shared_model(resnet ? "real/resnet/input" : "real/vww/input");
  if (path.empty() || folder.empty()) return;
  const Samples samples =
      pictures(folder, resnet ? converter::Shape{1, 32, 32, 3} : converter::Shape{1, 96, 96, 3}, resnet);
  CHECK(equal_labels(path, samples, {}) == 10);
  converter::quantize::QuantizeOptions four;
  four.bits = {4, 8};
  CHECK(equal_labels(path, samples, four) >= 9);
}
