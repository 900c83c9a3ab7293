// SPDX-License-Identifier: Apache-2.0
// Small ONNX models for tests, written with ONNX's own classes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "converter/graph/evaluate.h"
#include "converter/import/onnx/onnx_importer.h"
#include "converter/import/onnx/proto.h"

namespace bulwark::tests {

/// Builds a model piece by piece; `model` is open for whatever the helpers do not cover.
class OnnxBuilder {
 public:
  explicit OnnxBuilder(std::int64_t opset = 13, std::int64_t microsoft = 0);

  onnx::ModelProto model;

  onnx::GraphProto& graph() { return *model.mutable_graph(); }
  /// A dimension of -1 is written as the name "N".
  OnnxBuilder& input(const std::string& name, const std::vector<std::int64_t>& shape, std::int32_t type = 1);
  OnnxBuilder& output(const std::string& name, std::int32_t type = 1);
  OnnxBuilder& floats(const std::string& name, const std::vector<std::int64_t>& shape,
                      const std::vector<float>& values);
  /// Any integer type; 4-bit values are packed two to an entry.
  OnnxBuilder& ints(const std::string& name, std::int32_t type, const std::vector<std::int64_t>& shape,
                    const std::vector<std::int64_t>& values);
  onnx::NodeProto& node(const std::string& type, const std::vector<std::string>& inputs,
                        const std::vector<std::string>& outputs, const std::string& domain = "");

  std::vector<std::uint8_t> bytes() const;
  converter::Graph import(const converter::import_onnx::ImportOptions& options = {}) const;
  /// Imports and runs the model on values in the shape of each input; gives the first output.
  converter::TensorData run(const std::vector<std::vector<float>>& inputs) const;
};

onnx::NodeProto& set(onnx::NodeProto& node, const std::string& name, std::int64_t value);
onnx::NodeProto& set(onnx::NodeProto& node, const std::string& name, float value);
onnx::NodeProto& set(onnx::NodeProto& node, const std::string& name, const char* value);
onnx::NodeProto& set(onnx::NodeProto& node, const std::string& name, const std::vector<std::int64_t>& value);

/// A quantized model with one of most things: x[1,2,6,6] -> QuantizeLinear -> DequantizeLinear -> Conv (int4
/// weights per channel, int32 bias) -> Relu -> QuantizeLinear -> MaxPool -> DequantizeLinear -> Flatten ->
/// Gemm -> y[1,3].
OnnxBuilder small_qdq_model();

}  // namespace bulwark::tests
