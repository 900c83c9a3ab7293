// SPDX-License-Identifier: Apache-2.0
// The whole way from a source file to a ModelSpec: import -> optimize -> (quantize) -> lower.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "converter/passes/passes.h"
#include "converter/quantize/quantize.h"
#include "converter/write/model_spec.h"

namespace bulwark::converter {

struct ConvertOptions {
  /// Calibration samples for a float source; a float source without any is an Error that says so
  /// (--calibrate).
  quantize::Samples calibration;
  quantize::QuantizeOptions quantize;
  std::function<void(std::size_t, std::size_t)> progress;
};

struct ConvertResult {
  write::ModelSpec spec;
  passes::LowerReport report;
  std::optional<quantize::QuantizeReport> quantization;  ///< of a float source
};

/// Reads an .onnx or .tflite file; what it is says its content. Throws Error.
Graph import_source(const std::string& path);
/// `graph` is what import_source made of `path`.
ConvertResult convert(Graph graph, const std::string& path, const ConvertOptions& options);
ConvertResult convert(const std::string& path, const ConvertOptions& options);

}  // namespace bulwark::converter
