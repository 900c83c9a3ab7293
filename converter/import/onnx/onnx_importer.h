// SPDX-License-Identifier: Apache-2.0
// ONNX -> Graph.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "converter/graph/graph.h"

namespace bulwark::converter::import_onnx {

struct ImportOptions {
  /// Sizes of open dimensions, by their name ("N") or by input and axis ("x:2"). The first dimension of an
  /// input is 1 unless given.
  std::map<std::string, std::int64_t> dimensions;
  /// Graph inputs to be replaced by constants (operator tests feed scales and weights as inputs).
  std::map<std::string, Value> bound_inputs;
};

/// Reads and checks an ONNX file, infers every shape and resolves every attribute default and opset
/// difference. Throws Error (bad_input) with every problem, one per line: all unsupported operators at once,
/// by node name. External data is read only from regular files inside the model's own folder.
Graph import_file(const std::string& path, const ImportOptions& options = {});

/// The same from bytes in memory (no external data).
Graph import_bytes(const std::vector<std::uint8_t>& bytes, const std::string& name,
                   const ImportOptions& options = {});

/// One line of the support table: an ONNX operator and what of it is supported.
struct OperatorSupport {
  const char* domain;  ///< "" or "com.microsoft"
  const char* type;
  const char* notes;
};
const std::vector<OperatorSupport>& supported_operators();

/// Reads a TensorProto file (the ONNX node tests' *.pb).
Value read_tensor_file(const std::string& path);

}  // namespace bulwark::converter::import_onnx
