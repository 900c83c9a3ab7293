// SPDX-License-Identifier: Apache-2.0
// The file as bytes: verified once, then read through FlatBuffers' accessors.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "generated/tflite_generated.h"

namespace bulwark::converter::import_tflite {

namespace wire = bulwark::tflite;

/// The model in these bytes, which must outlive it. Every table, vector and string lies inside them; required
/// vectors are there; nothing else is promised. Throws Error (bad_input) that begins with `name`.
const wire::Model& verified_model(std::span<const std::uint8_t> bytes, const std::string& name);

/// "CONV_2D", "custom operator 'Name'", or "operator 300".
std::string operator_name(const wire::Model& model, const wire::Operator& op);
/// The code that counts. CUSTOM where the operator names a code that does not exist.
wire::BuiltinOperator operator_code(const wire::Model& model, const wire::Operator& op);

std::string type_name(wire::TensorType type);

/// Text from a file, for names and messages: at most 900 bytes, with control characters and bytes that are
/// not UTF-8 replaced.
std::string clean_text(const flatbuffers::String* text);

}  // namespace bulwark::converter::import_tflite
