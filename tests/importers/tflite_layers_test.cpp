// SPDX-License-Identifier: Apache-2.0
// Layer by layer against TFLite's own integer arithmetic: each layer is fed what the runtime fed it, and is
// at most one step off. That the arithmetic here is TFLite's is shown on the recorded corpus, where it gives
// the same bytes.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>

#include "converter/convert.h"
#include "converter/io/file.h"
#include "tests/converter/convert_runner.h"
#include "tests/importers/tflite_arithmetic.h"

using namespace bulwark;
using converter::TensorData;
using test::TfliteArithmetic;
using test::TfliteLevels;

namespace {

struct Walk {
  int layers = 0;
  std::int32_t worst = 0;
};

std::vector<std::int32_t> stored_levels(const test::Runner& runner, const TfliteArithmetic& twin,
                                        int tensor) {
  const auto steps = runner.steps(twin.tensor_name(tensor));
  INFO("tensor " << twin.tensor_name(tensor));
  REQUIRE(steps.has_value());
  std::vector<std::int32_t> levels;
  for (const float step : *steps) levels.push_back(static_cast<std::int32_t>(step) + twin.zero_point(tensor));
  return levels;
}

/// Every operator's output of the last run against the arithmetic applied to the runtime's own inputs of it.
Walk walk(const test::Runner& runner, const TfliteArithmetic& twin, TfliteLevels levels) {
  Walk result;
  for (std::size_t op = 0; op < twin.operator_count(); ++op) {
    const int out = twin.output(op);
    auto& own = levels.at(static_cast<std::size_t>(out));
    if (twin.kind(op) == "RESHAPE") {
      own = levels.at(static_cast<std::size_t>(twin.input(op, 0)));
      continue;
    }
    const auto expected = twin.run(op, levels);
    INFO("operator " << op << " " << twin.kind(op));
    REQUIRE(expected.has_value());
    own = stored_levels(runner, twin, out);
    REQUIRE(own->size() == expected->size());
    std::int32_t worst = 0;
    for (std::size_t i = 0; i < own->size(); ++i)
      worst = std::max(worst, std::abs((*own)[i] - (*expected)[i]));
    CHECK(worst <= 1);
    result.worst = std::max(result.worst, worst);
    ++result.layers;
  }
  return result;
}

}  // namespace

TEST_CASE("The arithmetic of the layer test gives the recorded bytes of the corpus", "[tflite]") {
  const std::string name =
      GENERATE("conv_same", "conv_same_even_stride", "conv_valid_stride_relu", "conv_dilated_relu6",
               "conv_per_tensor_n1_to_1", "conv_uint8", "conv_uint8_relu6", "conv_grouped", "conv_batch",
               "depthwise_conv_same", "depthwise_conv_multiplier_stride", "depthwise_conv_dilated",
               "depthwise_conv_uint8", "depthwise_conv_per_tensor", "fully_connected",
               "fully_connected_per_channel_relu", "fully_connected_uint8", "add", "add_relu",
               "add_relu6_uint8", "average_pool_2d_same", "average_pool_2d_valid_relu",
               "average_pool_2d_uint8_relu6", "softmax", "softmax_beta", "softmax_uint8");
  CAPTURE(name);
  const std::string stem = BULWARK_SOURCE_DIR "/tests/corpus/tflite/" + name;
  const std::vector<std::uint8_t> bytes = converter::io::read_file(stem + ".tflite");
  const std::vector<std::uint8_t> recorded = converter::io::read_file(stem + ".cases");
  const converter::Graph graph = converter::import_source(stem + ".tflite");
  const TfliteArithmetic twin(bytes);
  const auto take = [&](std::size_t& at, converter::ValueId id) {
    std::vector<std::int32_t> levels;
    for (std::int64_t i = converter::element_count(graph[id].shape); i > 0; --i, ++at) {
      levels.push_back(graph[id].type == converter::DType::u8 ? recorded[at]
                                                              : static_cast<std::int8_t>(recorded[at]));
    }
    return levels;
  };
  for (std::size_t at = 0; at < recorded.size();) {
    TfliteLevels levels(100);
    for (std::size_t i = 0; i < graph.inputs.size(); ++i)
      levels[static_cast<std::size_t>(twin.input(0, i))] = take(at, graph.inputs[i]);
    CHECK(twin.run(0, levels) == take(at, graph.outputs[0]));
  }
}

TEST_CASE("Every layer of ResNet-8 and the visual wake words is at most one step from TFLite's arithmetic",
          "[tflite]") {
  const auto [name, samples, layers] = GENERATE(table<std::string, std::string, int>(
      {{"pretrainedResnet_quant", "pretrainedResnet_quant", 15}, {"vww_96_int8", "vww_96_int8", 30}}));
  const std::string path = test::shared_model("mlperf_tiny/" + name + ".tflite");
  const std::string golden = test::shared_model("golden/mlperf_tiny/" + samples);
  if (path.empty() || golden.empty()) return;
  const std::vector<std::uint8_t> bytes = converter::io::read_file(path);
  const TfliteArithmetic twin(bytes);
  test::Runner runner(converter::convert(path, {}).spec);
  const converter::Graph graph = converter::import_source(path);
  for (int i = 0; i < 2; ++i) {
    const std::vector<std::uint8_t> raw =
        converter::io::read_file(golden + "/case" + std::to_string(i) + "_in0.bin");
    std::vector<std::int32_t> input;
    TensorData data{graph[graph.inputs[0]].shape, {}};
    for (const std::uint8_t byte : raw) {
      input.push_back(static_cast<std::int8_t>(byte));
      data.data.push_back(static_cast<float>(input.back()));
    }
    runner.run({data});
    TfliteLevels levels(1000);
    levels[static_cast<std::size_t>(twin.graph_input())] = input;
    const Walk result = walk(runner, twin, levels);
    std::cout << name << ": " << result.layers << " layers, largest distance of one " << result.worst
              << " steps\n";
    CHECK(result.layers == layers);
  }
}
