// SPDX-License-Identifier: Apache-2.0
// Real models through the importer and the float twin, against their reference outputs.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

#include "converter/graph/evaluate.h"
#include "converter/import/onnx/onnx_importer.h"
#include "converter/io/npy.h"
#include "tests/converter/node_tests.h"

using namespace bulwark;
using converter::TensorData;

namespace {

std::vector<float> read_floats(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  REQUIRE(bytes.size() % sizeof(float) == 0);
  std::vector<float> values(bytes.size() / sizeof(float));
  REQUIRE(!values.empty());
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

float largest_difference(const std::vector<float>& a, const float* b) {
  float largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const float difference = std::abs(a[i] - b[i]);
    largest = difference <= largest ? largest : difference;
  }
  return largest;
}

std::ptrdiff_t label(const float* scores, std::size_t count) {
  return std::distance(scores, std::max_element(scores, scores + count));
}

}  // namespace

TEST_CASE("micro_kws: the twin's outputs equal the reference", "[import][models]") {
  const std::string models = tests::shared_models();
  if (models.empty()) return;
  // One step of the quantized output is 1/256: rounding in the last softmax may differ from the reference's
  // by one.
  const auto [name, tolerance] =
      GENERATE(table<std::string, float>({{"micro_kws_m_static_fp32", 1e-5f},
                                          {"micro_kws_m_static_qdq", 2.01f / 256},
                                          {"micro_kws_m_static_qoperator", 0.0f}}));
  const converter::Graph graph = converter::import_onnx::import_file(models + "/onnx/" + name + ".onnx");
  REQUIRE(graph.inputs.size() == 1);
  CHECK(graph[graph.inputs[0]].shape == converter::Shape{1, 1960});
  for (int i = 0; i < 4; ++i) {
    const std::string stem = models + "/golden/onnx/" + name + "/case" + std::to_string(i);
    const std::vector<float> expected = read_floats(stem + "_out0.bin");
    const TensorData y = evaluate(graph, {{{1, 1960}, read_floats(stem + "_in0.bin")}}).at(0);
    REQUIRE(y.data.size() == expected.size());
    INFO(name << " case " << i);
    CHECK(largest_difference(y.data, expected.data()) <= tolerance);
    CHECK(label(y.data.data(), 10) == label(expected.data(), 10));
  }
}

TEST_CASE("defensive models: the twin's logits and labels equal the reference", "[import][models]") {
  const std::string models = tests::shared_models();
  if (models.empty()) return;
  const std::string name =
      GENERATE("interval4_small", "interval4_wide", "v4", "v8", "nbc4b", "nbc8b", "atmixdq4", "atmixdq8");
  const std::string folder = models + "/defensive/";
  const converter::Graph graph = converter::import_onnx::import_file(folder + name + ".onnx");
  const converter::Evaluator twin(graph);
  const std::vector<float> pictures = converter::io::read_npy(folder + "fm200_x_u8.npy").as_floats();
  const std::vector<float> logits = converter::io::read_npy(folder + name + "_logits.npy").as_floats();
  REQUIRE(pictures.size() == 200 * 784);
  REQUIRE(logits.size() == 2000);
  float largest = 0;
  int same_labels = 0, close = 0;
  for (std::size_t i = 0; i < 200; ++i) {
    TensorData x{{1, 1, 28, 28},
                 {pictures.begin() + static_cast<std::ptrdiff_t>(i * 784),
                  pictures.begin() + static_cast<std::ptrdiff_t>((i + 1) * 784)}};
    for (float& v : x.data) v /= 255.0f;
    const TensorData y = twin.run({x}).at(0);
    REQUIRE(y.data.size() == 10);
    const float* expected = logits.data() + i * 10;
    const float difference = largest_difference(y.data, expected);
    largest = std::max(largest, difference);
    close += difference <= 1e-3f;
    same_labels += label(y.data.data(), 10) == label(expected, 10);
  }
  INFO(name << ": largest logit distance " << largest);
  CHECK(same_labels == 200);
  // An activation that lies on a rounding tie may go the other way than in the reference: one step, in a few
  // pictures.
  CHECK(close >= 196);
  CHECK(largest <= 0.05f);
}

TEST_CASE("every shared ONNX model imports with unique node names in topological order", "[import][models]") {
  const std::string models = tests::shared_models();
  if (models.empty()) return;
  const std::string name =
      GENERATE("c3x3_s8", "dw14_s8", "fc_s8", "mnv2_int8", "pw14_s8", "pw56_s8", "pw7_s8", "stem_s8");
  const converter::Graph graph = converter::import_onnx::import_file(models + "/perf/" + name + ".onnx");
  std::vector<bool> made(graph.values.size(), false);
  for (const converter::ValueId id : graph.inputs) made[static_cast<std::size_t>(id)] = true;
  std::vector<std::string> names;
  for (const converter::Node& node : graph.nodes) {
    names.push_back(node.name);
    for (const converter::ValueId id : node.inputs) {
      CHECK((made[static_cast<std::size_t>(id)] || graph[id].constant));
    }
    for (const converter::ValueId id : node.outputs) made[static_cast<std::size_t>(id)] = true;
  }
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
  CHECK(made[static_cast<std::size_t>(graph.outputs.at(0))]);
}
