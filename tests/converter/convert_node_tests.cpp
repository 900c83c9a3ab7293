// SPDX-License-Identifier: Apache-2.0
// The ONNX node tests, from file to runtime: what the importer takes either runs and matches or is refused by
// name.
#include <catch2/catch.hpp>
#include <iostream>
#include <map>
#include <set>

#include "converter/error.h"
#include "converter/passes/passes.h"
#include "tests/converter/convert_runner.h"
#include "tests/converter/node_tests.h"

using namespace bulwark;
using namespace bulwark::converter;

namespace {

bool is_integer(DType type) { return type != DType::f32; }

/// Imported by the twin, but beyond the file format.
const std::set<std::string> kRefused = {
    "test_quantizelinear_axis",  // one scale per channel of an activation
    "test_quantizelinear_int4", "test_quantizelinear_uint4", "test_dequantizelinear_axis",  // the same
    "test_cast_FLOAT_to_INT4",  "test_cast_FLOAT_to_UINT4",  // rounds towards zero
};

}  // namespace

TEST_CASE("ONNX node tests run and match, or are refused by name") {
  for (const std::string& name : tests::node_test_names()) {
    INFO(name);
    tests::NodeTest node_test;
    try {
      node_test = tests::load_node_test(name);
    } catch (const Error&) {
      continue;  // the importer's own tests look at these
    }
    const std::string node = node_test.graph.nodes.empty() ? "" : node_test.graph.nodes[0].name;
    try {
      passes::optimize(node_test.graph);
      test::Runner runner(passes::lower(node_test.graph));
      const std::vector<TensorData> got = runner.run(node_test.inputs);
      const float tolerance = is_integer(node_test.expected.type) ? 1.0f : 1e-4f;
      CHECK(tests::largest_difference(got.at(0), node_test.expected) <= tolerance);
      CHECK(kRefused.count(name) == 0);
    } catch (const Error& error) {
      INFO(error.what());
      CHECK(kRefused.count(name) == 1);
      CHECK_THAT(error.what(), Catch::Contains("'" + node + "'"));
    }
  }
}
