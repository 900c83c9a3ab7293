// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <fstream>

#include "converter/import/onnx/tensor.h"

namespace bulwark::converter::import_onnx {
namespace {

namespace fs = std::filesystem;

std::uint64_t number(const std::string& key, const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw Refusal(fmt::format("external data: {} '{}' is not a number", key, text));
  }
  return value;
}

/// The file a location names, with every link followed, or a refusal: it must be a regular file below the
/// folder.
fs::path resolve(const std::string& location, const std::string& folder) {
  const fs::path relative(location);
  if (location.empty() || location.find('\0') != std::string::npos)
    throw Refusal("external data: no location");
  if (relative.is_absolute() || relative.has_root_name()) {
    throw Refusal(fmt::format("external data: '{}' is an absolute path", location));
  }
  for (const fs::path& part : relative) {
    if (part == "..") throw Refusal(fmt::format("external data: '{}' leaves the model's folder", location));
  }
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  if (error) throw Refusal("external data: the model's folder can not be read");
  const fs::path file = fs::canonical(root / relative, error);
  if (error) throw Refusal(fmt::format("external data: '{}' can not be found", location));
  const fs::path inside = file.lexically_relative(root);
  if (inside.empty() || *inside.begin() == "..") {
    throw Refusal(fmt::format("external data: '{}' is a link that leaves the model's folder", location));
  }
  if (!fs::is_regular_file(file, error)) {
    throw Refusal(fmt::format("external data: '{}' is not a regular file", location));
  }
  return file;
}

}  // namespace

std::string read_external(const onnx::TensorProto& tensor, const std::string& folder, std::uint64_t bytes) {
  std::string location;
  std::uint64_t offset = 0, length = bytes;
  for (const auto& entry : tensor.external_data()) {
    if (entry.key() == "location") location = entry.value();
    if (entry.key() == "offset") offset = number("offset", entry.value());
    if (entry.key() == "length") length = number("length", entry.value());
  }
  if (folder.empty()) throw Refusal("external data: only models read from a file can have it");
  const fs::path path = resolve(location, folder);
  if (length != bytes) {
    throw Refusal(
        fmt::format("external data: '{}' gives {} bytes, the shape needs {}", location, length, bytes));
  }
  std::error_code error;
  const std::uint64_t size = fs::file_size(path, error);
  if (error || offset > size || bytes > size - offset) {
    throw Refusal(
        fmt::format("external data: bytes {} to {} + {} lie outside '{}'", offset, offset, bytes, location));
  }
  std::ifstream file(path, std::ios::binary);
  std::string content(bytes, '\0');
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(content.data(), static_cast<std::streamsize>(bytes));
  if (!file) throw Refusal(fmt::format("external data: '{}' can not be read", location));
  return content;
}

}  // namespace bulwark::converter::import_onnx
