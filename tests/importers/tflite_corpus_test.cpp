// SPDX-License-Identifier: Apache-2.0
// Every model of tests/corpus/tflite against what LiteRT's reference kernels answered (recorded by make.py
// there).
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <span>

#include "converter/convert.h"
#include "converter/graph/stream.h"
#include "converter/io/file.h"
#include "converter/passes/rewrite.h"
#include "tests/converter/convert_runner.h"

using namespace bulwark;
using converter::DType;
using converter::TensorData;

namespace {

const std::string kFolder = BULWARK_SOURCE_DIR "/tests/corpus/tflite/";

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".tflite") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

struct Case {
  std::vector<TensorData> inputs, outputs;
};

template <typename T>
TensorData take(const std::uint8_t** at, const converter::Shape& shape) {
  TensorData tensor{shape, {}};
  for (std::int64_t i = converter::element_count(shape); i > 0; --i, *at += sizeof(T)) {
    T value;
    std::memcpy(&value, *at, sizeof value);
    tensor.data.push_back(static_cast<float>(value));
  }
  return tensor;
}

TensorData take(const std::uint8_t** at, const converter::Value& value) {
  switch (value.type) {
    case DType::f32:
      return take<float>(at, value.shape);
    case DType::s8:
      return take<std::int8_t>(at, value.shape);
    case DType::s32:
      return take<std::int32_t>(at, value.shape);
    case DType::s64:
      return take<std::int64_t>(at, value.shape);
    default:
      REQUIRE(value.type == DType::u8);
      return take<std::uint8_t>(at, value.shape);
  }
}

std::size_t element_bytes(DType type) {
  if (type == DType::s64) return 8;
  return type == DType::f32 || type == DType::s32 ? 4 : 1;
}

std::size_t bytes_of(const converter::Graph& graph, std::span<const converter::ValueId> ids) {
  std::size_t bytes = 0;
  for (const converter::ValueId id : ids) {
    bytes +=
        static_cast<std::size_t>(converter::element_count(graph[id].shape)) * element_bytes(graph[id].type);
  }
  return bytes;
}

std::vector<Case> recorded_cases(const converter::Graph& graph, const std::string& name) {
  const std::vector<std::uint8_t> bytes = converter::io::read_file(kFolder + name + ".cases");
  const std::span inputs = std::span(graph.inputs).first(graph.own_inputs());
  const std::span outputs = std::span(graph.outputs).first(graph.own_outputs());
  const std::size_t one = bytes_of(graph, inputs) + bytes_of(graph, outputs);
  REQUIRE(bytes.size() % one == 0);
  REQUIRE(bytes.size() >= one);
  std::vector<Case> cases(bytes.size() / one);
  const std::uint8_t* at = bytes.data();
  for (Case& c : cases) {
    for (const converter::ValueId id : inputs) c.inputs.push_back(take(&at, graph[id]));
    for (const converter::ValueId id : outputs) c.outputs.push_back(take(&at, graph[id]));
  }
  return cases;
}

/// Operators that move elements, or pick their places, give the very same ones.
bool is_exact(const converter::Graph& graph) {
  return std::all_of(graph.nodes.begin(), graph.nodes.end(), [](const converter::Node& node) {
    using converter::Op;
    return converter::passes::selects_only(node.op) || node.op == Op::space_to_batch ||
           node.op == Op::batch_to_space || node.op == Op::arg_max || node.op == Op::arg_min ||
           (node.op == Op::dequantize && node.source_type.starts_with("ARG_"));
  });
}

/// What one step of a float output is worth: the scale of the integers it was made from.
float step_of(const converter::Graph& graph, converter::ValueId id) {
  if (graph[id].type != DType::f32) return 1;
  for (std::int32_t at = graph.producer_of(id); at >= 0; at = graph.producer_of(id)) {
    const converter::Node& node = graph.nodes[static_cast<std::size_t>(at)];
    if (node.op == converter::Op::dequantize) return graph[node.inputs[1]].constant->floats[0];
    id = node.inputs[0];
  }
  FAIL("a float output that no integers stand behind");
  return 0;
}

/// Labels are the same, up to outputs that the reference itself gives twice.
void check_label(const TensorData& expected, const TensorData& got) {
  const auto best = std::max_element(got.data.begin(), got.data.end()) - got.data.begin();
  CHECK(expected.data[static_cast<std::size_t>(best)] ==
        *std::max_element(expected.data.begin(), expected.data.end()));
}

void check_integers(const std::string& path, const converter::Graph& graph, const std::vector<Case>& cases,
                    bool net) {
  test::Runner runner(converter::convert(path, {}).spec);
  CHECK(runner.bit_exact());
  for (const Case& c : cases) {
    const std::vector<TensorData> got = runner.run(c.inputs);
    REQUIRE(got.size() == c.outputs.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      REQUIRE(got[i].shape == c.outputs[i].shape);
      const float distance =
          test::largest_distance({c.outputs[i]}, {got[i]}) / step_of(graph, graph.outputs[i]);
      CHECK(distance <= (is_exact(graph) ? 0.0f : net ? 2.001f : 1.001f));
      if (net && got[i].shape.size() == 2) check_label(c.outputs[i], got[i]);
    }
  }
}

void check_reals(const converter::Graph& graph, const std::vector<Case>& cases, float tolerance) {
  converter::Stream stream(graph);
  for (const Case& c : cases) {
    const std::vector<TensorData> got = stream.run(c.inputs);
    REQUIRE(got.size() == c.outputs.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      REQUIRE(got[i].shape == c.outputs[i].shape);
      float largest = 0;
      for (const float v : c.outputs[i].data) largest = std::max(largest, std::abs(v));
      CHECK(test::largest_distance({c.outputs[i]}, {got[i]}) <= tolerance * largest);
    }
  }
}

/// The float model with its own inputs as calibration data: it converts, and its outputs stay close.
void check_calibrated(const std::string& path, const std::vector<Case>& cases) {
  converter::ConvertOptions options;
  std::vector<std::vector<TensorData>> samples;
  for (const Case& c : cases) samples.push_back(c.inputs);
  options.calibration = samples;
  test::Runner runner(converter::convert(path, options).spec);
  for (const Case& c : cases) {
    const std::vector<TensorData> got = runner.run(c.inputs);
    for (std::size_t i = 0; i < got.size(); ++i) {
      const auto [low, high] = std::minmax_element(c.outputs[i].data.begin(), c.outputs[i].data.end());
      CHECK(test::largest_distance({c.outputs[i]}, {got[i]}) <= 0.1f * (*high - *low) + 0.02f);
    }
  }
}

}  // namespace

TEST_CASE("TFLite models of every operator give LiteRT's answers", "[tflite]") {
  const std::string name = GENERATE(from_range(model_names()));
  if (name.starts_with("refused_")) return;
  CAPTURE(name);
  const std::string path = kFolder + name + ".tflite";
  const converter::Graph graph = converter::import_source(path);
  const std::vector<Case> cases = recorded_cases(graph, name);
  const bool hybrid = name.starts_with("hybrid_");
  if (hybrid || name.starts_with("float_")) {
    check_reals(graph, cases, hybrid ? 0.02f : 1e-5f);
    check_calibrated(path, cases);
  } else {
    check_integers(path, graph, cases, name.starts_with("net_"));
  }
}
