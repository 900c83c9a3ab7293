// SPDX-License-Identifier: Apache-2.0
// The ONNX project's operator tests through the importer and the float twin: every operator the importer
// claims gives the expected output, every other one is refused by name.
#include <catch2/catch.hpp>
#include <map>

#include "converter/error.h"
#include "tests/converter/node_tests.h"

using namespace bulwark;

namespace {

/// Tests of what is not supported, and what the message must name beside the operator.
const std::map<std::string, std::string> kRefused = {
    {"test_convinteger_with_padding", "ConvInteger"},
    {"test_convinteger_without_padding", "ConvInteger"},
    {"test_dequantizelinear_blocked", "blocked"},
    {"test_dequantizelinear_int16", "int16"},
    {"test_dequantizelinear_uint16", "uint16"},
    {"test_dynamicquantizelinear", "DynamicQuantizeLinear"},
    {"test_dynamicquantizelinear_max_adjusted", "DynamicQuantizeLinear"},
    {"test_dynamicquantizelinear_min_adjusted", "DynamicQuantizeLinear"},
    {"test_matmulinteger", "MatMulInteger"},
    {"test_quantizelinear_blocked_asymmetric", "blocked"},
    {"test_quantizelinear_blocked_symmetric", "blocked"},
    {"test_quantizelinear_int16", "int16"},
    {"test_quantizelinear_uint16", "uint16"},
};

void check_refused(const std::string& name, const std::string& reason) {
  const std::string type = tests::node_test_operator(name);
  CHECK_THROWS_WITH(tests::load_node_test(name),
                    Catch::Contains("(" + type + ")") && Catch::Contains(reason));
}

void check_matches(const std::string& name) {
  const tests::NodeTest test = tests::load_node_test(name);
  const std::vector<converter::TensorData> outputs = converter::evaluate(test.graph, test.inputs);
  REQUIRE(outputs.size() == 1);
  CHECK(test.graph[test.graph.outputs[0]].type == test.expected.type);
  const bool integers = test.expected.type != converter::DType::f32;
  CHECK(tests::largest_difference(outputs[0], test.expected) <= (integers ? 0.0f : 1e-5f));
}

}  // namespace

TEST_CASE("ONNX node tests: claimed operators match, the others are refused by name",
          "[import][node_tests]") {
  const std::vector<std::string> names = tests::node_test_names();
  std::size_t matched = 0, refused = 0;
  for (const std::string& name : names) {
    INFO(name);
    const auto reason = kRefused.find(name);
    if (reason != kRefused.end()) {
      check_refused(name, reason->second);
      ++refused;
    } else {
      check_matches(name);
      ++matched;
    }
  }
  if (!names.empty()) {
    CHECK(matched + refused == names.size());
    CHECK(refused == kRefused.size());
    CHECK(matched >= 36);
  }
}
