// SPDX-License-Identifier: Apache-2.0
#include "tests/converter/node_tests.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>

#include "converter/error.h"
#include "converter/import/onnx/onnx_importer.h"
#include "converter/import/onnx/proto.h"

namespace bulwark::tests {
namespace {

namespace fs = std::filesystem;
namespace importer = converter::import_onnx;

fs::path folder_of(const std::string& name) { return fs::path(shared_models()) / "onnx_node_tests" / name; }

/// Elements of the expected outputs where that release of ONNX let an int8 wrap, although its specification
/// says saturate.
struct Wrapped {
  const char* test;
  std::size_t element;
  std::int64_t stored, exact;  ///< exact is out of range: the true answer is -128
};
constexpr Wrapped kWrapped[] = {
    {"test_qlinearmatmul_2D_int8_float32", 5, 20, -236},
    {"test_qlinearmatmul_3D_int8_float32", 1, 117, -139},
    {"test_qlinearmatmul_3D_int8_float32", 2, 120, -136},
    {"test_qlinearmatmul_3D_int8_float32", 7, 117, -139},
    {"test_qlinearmatmul_3D_int8_float32", 8, 120, -136},
};

void saturate_wrapped(const std::string& name, converter::Value& expected) {
  for (const Wrapped& w : kWrapped) {
    if (name != w.test) continue;
    REQUIRE(expected.constant->ints.at(w.element) == w.stored);
    REQUIRE(w.stored == w.exact + 256);
    expected.constant->ints[w.element] = -128;
  }
}

onnx::GraphProto read_graph(const std::string& name) {
  std::ifstream file(folder_of(name) / "model.onnx", std::ios::binary);
  onnx::ModelProto model;
  REQUIRE(model.ParseFromIstream(&file));
  return model.graph();
}

}  // namespace

std::string shared_models() {
  const fs::path folder = fs::path(BULWARK_SHARED_DIR) / "models";
  if (fs::is_directory(folder)) return folder.string();
  WARN("skipped: the shared models are absent");
  return "";
}

std::vector<std::string> node_test_names() {
  std::vector<std::string> names;
  if (shared_models().empty()) return names;
  for (const auto& entry : fs::directory_iterator(folder_of("")))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string node_test_operator(const std::string& name) { return read_graph(name).node(0).op_type(); }

NodeTest load_node_test(const std::string& name) {
  const onnx::GraphProto source = read_graph(name);
  const fs::path data = folder_of(name) / "test_data_set_0";
  importer::ImportOptions options;
  std::vector<converter::Value> first;
  for (int i = 0; i < source.input_size(); ++i) {
    try {
      const converter::Value value =
          importer::read_tensor_file((data / ("input_" + std::to_string(i) + ".pb")).string());
      if (i == 0) {
        first.push_back(value);
      } else {
        options.bound_inputs[source.input(i).name()] = value;
      }
    } catch (const converter::Error&) {
      // A type that is not supported: the import itself refuses it.
    }
  }
  NodeTest test;
  test.graph = importer::import_file((folder_of(name) / "model.onnx").string(), options);
  for (const converter::Value& value : first) test.inputs.push_back(converter::tensor_of(value));
  test.expected = importer::read_tensor_file((data / "output_0.pb").string());
  saturate_wrapped(name, test.expected);
  return test;
}

float largest_difference(const converter::TensorData& actual, const converter::Value& expected) {
  if (actual.shape != expected.shape) return std::numeric_limits<float>::infinity();
  const converter::TensorData wanted = converter::tensor_of(expected);
  if (actual.data.size() != wanted.data.size()) return std::numeric_limits<float>::infinity();
  float largest = 0;
  for (std::size_t i = 0; i < actual.data.size(); ++i) {
    const float difference = std::abs(actual.data[i] - wanted.data[i]);
    largest = difference <= largest ? largest : difference;  // a NaN stays
  }
  return largest;
}

}  // namespace bulwark::tests
