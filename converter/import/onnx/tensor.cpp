// SPDX-License-Identifier: Apache-2.0
#include "converter/import/onnx/tensor.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "converter/import/common/shapes.h"

static_assert(std::endian::native == std::endian::little, "raw tensor data is little-endian");

namespace bulwark::converter::import_onnx {
namespace {

bool is_packed(DType type) { return type == DType::s4 || type == DType::u4; }

std::uint64_t raw_bytes(DType type, std::uint64_t count) {
  switch (type) {
    case DType::s4:
    case DType::u4:
      return (count + 1) / 2;
    case DType::f32:
    case DType::s32:
      return count * 4;
    case DType::s64:
      return count * 8;
    default:
      return count;
  }
}

/// Value i of packed 4-bit values: two per byte, the low half first.
std::int64_t nibble(DType type, std::uint32_t byte, std::uint64_t i) {
  const std::int64_t value = static_cast<std::int64_t>(i % 2 == 0 ? byte & 15u : byte >> 4 & 15u);
  return type == DType::s4 && value >= 8 ? value - 16 : value;
}

template <typename T>
T load(const std::string& bytes, std::uint64_t i) {
  T value;
  std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
  return value;
}

std::int64_t raw_integer(DType type, const std::string& bytes, std::uint64_t i) {
  switch (type) {
    case DType::s4:
    case DType::u4:
      return nibble(type, load<std::uint8_t>(bytes, i / 2), i);
    case DType::s8:
      return load<std::int8_t>(bytes, i);
    case DType::s32:
      return load<std::int32_t>(bytes, i);
    case DType::s64:
      return load<std::int64_t>(bytes, i);
    case DType::boolean:
      return load<std::uint8_t>(bytes, i) != 0;
    default:
      return load<std::uint8_t>(bytes, i);
  }
}

void read_raw(const std::string& bytes, std::uint64_t count, Value& value) {
  const std::uint64_t needed = raw_bytes(value.type, count);
  if (bytes.size() != needed) {
    throw Refusal(fmt::format("has {} bytes of raw data, shape {} of {} needs {}", bytes.size(),
                              text(value.shape), name(value.type), needed));
  }
  if (value.type == DType::f32) {
    value.constant->floats.resize(count);
    if (count > 0) std::memcpy(value.constant->floats.data(), bytes.data(), needed);
    return;
  }
  value.constant->ints.resize(count);
  for (std::uint64_t i = 0; i < count; ++i) value.constant->ints[i] = raw_integer(value.type, bytes, i);
}

void check_entries(std::int64_t entries, std::uint64_t needed, const Value& value) {
  if (static_cast<std::uint64_t>(entries) != needed) {
    throw Refusal(fmt::format("has {} data entries, shape {} of {} needs {}", entries, text(value.shape),
                              name(value.type), needed));
  }
}

void check_range(std::int64_t v, std::int64_t lo, std::int64_t hi, const Value& value) {
  if (v < lo || v > hi) throw Refusal(fmt::format("holds {}, which {} can not", v, name(value.type)));
}

void read_int32_data(const onnx::TensorProto& tensor, std::uint64_t count, Value& value) {
  const bool packed = is_packed(value.type);
  check_entries(tensor.int32_data_size(), packed ? (count + 1) / 2 : count, value);
  value.constant->ints.resize(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::int64_t entry = tensor.int32_data(static_cast<int>(packed ? i / 2 : i));
    if (packed) check_range(entry, -128, 255, value);
    if (value.type == DType::s8) check_range(entry, -128, 127, value);
    if (value.type == DType::u8) check_range(entry, 0, 255, value);
    if (value.type == DType::boolean) check_range(entry, 0, 1, value);
    value.constant->ints[i] = packed ? nibble(value.type, static_cast<std::uint32_t>(entry & 255), i) : entry;
  }
}

void read_typed(const onnx::TensorProto& tensor, std::uint64_t count, Value& value) {
  if (value.type == DType::f32) {
    check_entries(tensor.float_data_size(), count, value);
    value.constant->floats.assign(tensor.float_data().begin(), tensor.float_data().end());
  } else if (value.type == DType::s64) {
    check_entries(tensor.int64_data_size(), count, value);
    value.constant->ints.assign(tensor.int64_data().begin(), tensor.int64_data().end());
  } else {
    read_int32_data(tensor, count, value);
  }
}

}  // namespace

std::optional<DType> element_type(std::int32_t onnx_type) {
  switch (onnx_type) {
    case kFloat:
      return DType::f32;
    case kUint8:
      return DType::u8;
    case kInt8:
      return DType::s8;
    case kInt32:
      return DType::s32;
    case kInt64:
      return DType::s64;
    case kBool:
      return DType::boolean;
    case kUint4:
      return DType::u4;
    case kInt4:
      return DType::s4;
    default:
      return std::nullopt;
  }
}

std::string type_name(std::int32_t onnx_type) {
  constexpr std::array<const char*, 24> kNames = {
      "undefined", "float32", "uint8",   "int8",    "uint16", "int16",  "int32",     "int64",
      "string",    "bool",    "float16", "float64", "uint32", "uint64", "complex64", "complex128",
      "bfloat16",  "float8",  "float8",  "float8",  "float8", "uint4",  "int4",      "float4"};
  if (onnx_type >= 0 && onnx_type < static_cast<std::int32_t>(kNames.size())) {
    return kNames[static_cast<std::size_t>(onnx_type)];
  }
  return fmt::format("number {}", onnx_type);
}

Value read_tensor(const onnx::TensorProto& tensor, const std::string& folder, Budget& budget) {
  const std::optional<DType> type = element_type(tensor.data_type());
  if (!type) throw Refusal(fmt::format("has type {}, which is not supported", type_name(tensor.data_type())));
  if (tensor.has_segment()) throw Refusal("is stored in segments, which is not supported");
  Value value;
  value.name = tensor.name();
  value.type = *type;
  value.shape.assign(tensor.dims().begin(), tensor.dims().end());
  const std::uint64_t count = static_cast<std::uint64_t>(constant_elements(value.shape));
  value.constant.emplace();
  budget.take(count * (*type == DType::f32 ? sizeof(float) : sizeof(std::int64_t)));
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
    read_raw(read_external(tensor, folder, raw_bytes(*type, count)), count, value);
  } else if (tensor.has_raw_data()) {
    read_raw(tensor.raw_data(), count, value);
  } else {
    read_typed(tensor, count, value);
  }
  for (std::size_t i = 0; i < value.constant->floats.size(); ++i) {
    if (std::isnan(value.constant->floats[i]))
      throw Refusal(fmt::format("element {} is not a number (NaN)", i));
  }
  return value;
}

}  // namespace bulwark::converter::import_onnx
