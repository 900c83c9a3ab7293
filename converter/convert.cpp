// SPDX-License-Identifier: Apache-2.0
#include "converter/convert.h"

#include <algorithm>
#include <filesystem>

#include "converter/error.h"
#include "converter/import/onnx/onnx_importer.h"
#include "converter/import/tflite/tflite_importer.h"
#include "converter/io/file.h"
#include "converter/lipschitz/note_norms.h"

namespace bulwark::converter {
namespace {

quantize::QuantizeReport quantize_float_graph(Graph& graph, const std::string& path,
                                              const ConvertOptions& options) {
  if (options.calibration.empty()) {
    throw bad_input("'" + path +
                    "' is a float model: give calibration data with --calibrate FILE.npy to quantize it");
  }
  quantize::QuantizeReport report;
  quantize::quantize_graph(graph, options.calibration, options.quantize, options.progress, &report);
  passes::optimize(graph);
  return report;
}

}  // namespace

Graph import_source(const std::string& path) {
  std::string extension = std::filesystem::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (extension != ".onnx" && extension != ".tflite") {
    throw usage_error("'" + path + "': the source must be an .onnx or .tflite file");
  }
  const std::vector<std::uint8_t> bytes = io::read_file(path);
  if (extension == ".tflite" || import_tflite::is_tflite(bytes.data(), bytes.size())) {
    return import_tflite::import_bytes(bytes, std::filesystem::path(path).filename().string());
  }
  return import_onnx::import_file(path);
}

ConvertResult convert(const std::string& path, const ConvertOptions& options) {
  return convert(import_source(path), path, options);
}

ConvertResult convert(Graph graph, const std::string& path, const ConvertOptions& options) {
  ConvertResult result;
  passes::optimize(graph);
  if (quantize::is_float_graph(graph)) result.quantization = quantize_float_graph(graph, path, options);
  result.spec = passes::lower(graph, &result.report);
  lipschitz::note_norms(result.spec);
  if (!graph.name.empty()) result.spec.metadata.emplace_back("source_name", graph.name);
  return result;
}

}  // namespace bulwark::converter
