// SPDX-License-Identifier: Apache-2.0
// The ONNX project's operator tests, as graphs: the first input stays an input, all others become constants.
#pragma once

#include <string>
#include <vector>

#include "converter/graph/evaluate.h"

namespace bulwark::tests {

struct NodeTest {
  converter::Graph graph;
  std::vector<converter::TensorData> inputs;  ///< of the graph
  converter::Value expected;                  ///< of output 0, a constant
};

/// Folder of the shared models, or "" (with a warning) where they are absent.
std::string shared_models();

/// Names of the tests present ("test_qlinearconv"), sorted; empty (with a warning) where the shared models
/// are absent.
std::vector<std::string> node_test_names();

/// The operator that a test is about ("QLinearConv").
std::string node_test_operator(const std::string& name);

/// Imports one test and reads its data. Throws converter::Error where the importer refuses the model.
NodeTest load_node_test(const std::string& name);

/// Largest absolute difference; infinity where the shapes differ.
float largest_difference(const converter::TensorData& actual, const converter::Value& expected);

}  // namespace bulwark::tests
