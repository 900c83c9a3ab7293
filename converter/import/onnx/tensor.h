// SPDX-License-Identifier: Apache-2.0
// TensorProto -> constant. Everything in it is untrusted: types, sizes, ranges and where the bytes lie.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "converter/graph/graph.h"
#include "converter/import/common/refusal.h"
#include "converter/import/onnx/proto.h"

namespace bulwark::converter::import_onnx {

using namespace importing;

/// The element type, if it is one of ours.
std::optional<DType> element_type(std::int32_t onnx_type);
/// "int16", for messages.
std::string type_name(std::int32_t onnx_type);

/// Reads a tensor. `folder` is where external data may lie; empty: nowhere. Throws Refusal.
Value read_tensor(const onnx::TensorProto& tensor, const std::string& folder, Budget& budget);

/// The bytes of a tensor that live in another file: a regular file inside `folder`, also after links are
/// followed; offset and length must lie in it. Throws Refusal.
std::string read_external(const onnx::TensorProto& tensor, const std::string& folder, std::uint64_t bytes);

}  // namespace bulwark::converter::import_onnx
