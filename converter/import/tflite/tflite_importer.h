// SPDX-License-Identifier: Apache-2.0
// TFLite -> Graph. The graph keeps TFLite's layout (N, H, W, C: convolutions and pools have channels_last
// set) and names.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "converter/graph/graph.h"

namespace bulwark::converter::import_tflite {

/// True for bytes that carry the format's identifier.
bool is_tflite(const std::uint8_t* bytes, std::size_t size);

/// Verifies a file, infers every shape and turns quantized tensors into quantize and dequantize nodes around
/// operators on real numbers. An open batch (a first dimension of -1) becomes 1. Throws Error (bad_input)
/// with every problem, one per line, unsupported operators first.
Graph import_bytes(const std::vector<std::uint8_t>& bytes, const std::string& name);

/// One line of the support table: a TFLite operator and what of it is supported.
struct OperatorSupport {
  const char* type;
  const char* notes;
};
const std::vector<OperatorSupport>& supported_operators();

}  // namespace bulwark::converter::import_tflite
