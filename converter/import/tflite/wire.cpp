// SPDX-License-Identifier: Apache-2.0
#include "converter/import/tflite/wire.h"

#include <fmt/format.h>

#include <algorithm>

#include "converter/error.h"
#include "schema/limits.h"

namespace bulwark::converter::import_tflite {
namespace {

constexpr std::size_t kSmallestFile = 16;
constexpr std::size_t kLargestFile = std::size_t{1} << 30;  // FlatBuffers itself ends at 2 GiB
constexpr flatbuffers::uoffset_t kDepth = 16, kTables = 65536;
constexpr std::uint32_t kVersion = 3;
constexpr std::size_t kLongestText = 900;

/// Length of the UTF-8 sequence at the front, 0 where there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xC2 && first < 0xE0   ? 2
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xF0 && first < 0xF5 ? 4
                                                             : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool outside = (first == 0xED && byte(1) >= 0xA0) || (first == 0xF4 && byte(1) >= 0x90);
  return overlong || outside ? 0 : length;
}

}  // namespace

const wire::Model& verified_model(std::span<const std::uint8_t> bytes, const std::string& name) {
  const auto refuse = [&](const std::string& what) { return bad_input(fmt::format("'{}' {}", name, what)); };
  if (bytes.size() < kSmallestFile)
    throw refuse(fmt::format("is not a TFLite model: {} bytes", bytes.size()));
  if (bytes.size() > kLargestFile) {
    throw refuse(fmt::format("has {} bytes, at most {} are supported", bytes.size(), kLargestFile));
  }
  if (!wire::ModelBufferHasIdentifier(bytes.data())) throw refuse("is not a TFLite model");
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), kDepth, kTables);
  if (!wire::VerifyModelBuffer(verifier)) throw refuse("is not a sound TFLite model, or it is cut off");
  const wire::Model& model = *wire::GetModel(bytes.data());
  if (model.version() != kVersion) {
    throw refuse(fmt::format("has schema version {}, only {} is supported", model.version(), kVersion));
  }
  if (!model.operator_codes() || !model.buffers() || !model.subgraphs() || model.subgraphs()->size() == 0) {
    throw refuse("has no operator codes, buffers or subgraphs");
  }
  for (const wire::SubGraph* graph : *model.subgraphs()) {
    if (!graph->tensors() || !graph->inputs() || !graph->outputs() || !graph->operators()) {
      throw refuse("has a subgraph without tensors, inputs, outputs or operators");
    }
  }
  return model;
}

wire::BuiltinOperator operator_code(const wire::Model& model, const wire::Operator& op) {
  if (op.opcode_index() >= model.operator_codes()->size()) return wire::BuiltinOperator::CUSTOM;
  const wire::OperatorCode& code = *model.operator_codes()->Get(op.opcode_index());
  return std::max(code.builtin_code(), static_cast<wire::BuiltinOperator>(code.deprecated_builtin_code()));
}

std::string operator_name(const wire::Model& model, const wire::Operator& op) {
  if (op.opcode_index() >= model.operator_codes()->size()) {
    return fmt::format("operator code {} of {}", op.opcode_index(), model.operator_codes()->size());
  }
  const wire::BuiltinOperator code = operator_code(model, op);
  if (code == wire::BuiltinOperator::CUSTOM) {
    return fmt::format("custom operator '{}'",
                       clean_text(model.operator_codes()->Get(op.opcode_index())->custom_code()));
  }
  const char* name = wire::EnumNameBuiltinOperator(code);
  return *name ? name : fmt::format("operator {}", static_cast<std::int32_t>(code));
}

std::string type_name(wire::TensorType type) {
  const char* name = wire::EnumNameTensorType(type);
  return *name ? name : fmt::format("{}", static_cast<int>(type));
}

std::string clean_text(const flatbuffers::String* text) {
  if (!text) return {};
  std::string_view rest(text->c_str(), text->size());
  std::string clean;
  while (!rest.empty()) {
    const std::size_t length = sequence_length(rest);
    const std::size_t step = std::max<std::size_t>(length, 1);
    if (clean.size() + step > kLongestText) break;
    const bool control = length == 1 && (rest[0] < 0x20 || rest[0] == 0x7F);
    clean += length == 0 || control ? "?" : std::string(rest.substr(0, length));
    rest.remove_prefix(step);
  }
  return clean;
}

}  // namespace bulwark::converter::import_tflite
