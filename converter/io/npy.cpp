// SPDX-License-Identifier: Apache-2.0
#include "converter/io/npy.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "converter/error.h"

namespace bulwark::converter::io {
namespace {

struct TypeName {
  NpyType type;
  const char* descriptor;
  const char* name;
  std::size_t size;
};
constexpr TypeName kTypes[] = {{NpyType::f32, "<f4", "float32", 4}, {NpyType::f64, "<f8", "float64", 8},
                               {NpyType::u8, "|u1", "uint8", 1},    {NpyType::s8, "|i1", "int8", 1},
                               {NpyType::s16, "<i2", "int16", 2},   {NpyType::s32, "<i4", "int32", 4},
                               {NpyType::s64, "<i8", "int64", 8},   {NpyType::boolean, "|b1", "bool", 1}};

const TypeName& type_name(NpyType type) {
  for (const TypeName& entry : kTypes) {
    if (entry.type == type) return entry;
  }
  return kTypes[0];
}

template <typename From, typename To>
void convert_elements(const Npy& array, std::vector<To>& out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    From value;
    std::memcpy(&value, array.bytes.data() + i * sizeof value, sizeof value);
    if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
      out[i] = std::fabs(value) < 9.2e18 ? static_cast<To>(value) : To{0};
    } else {
      out[i] = static_cast<To>(value);
    }
  }
}

template <typename To>
std::vector<To> convert(const Npy& array) {
  std::vector<To> out(static_cast<std::size_t>(array.elements()));
  switch (array.type) {
    case NpyType::f32:
      convert_elements<float>(array, out);
      break;
    case NpyType::f64:
      convert_elements<double>(array, out);
      break;
    case NpyType::u8:
    case NpyType::boolean:
      convert_elements<std::uint8_t>(array, out);
      break;
    case NpyType::s8:
      convert_elements<std::int8_t>(array, out);
      break;
    case NpyType::s16:
      convert_elements<std::int16_t>(array, out);
      break;
    case NpyType::s32:
      convert_elements<std::int32_t>(array, out);
      break;
    case NpyType::s64:
      convert_elements<std::int64_t>(array, out);
      break;
  }
  return out;
}

/// The shape as a Python tuple.
std::string tuple_text(const std::vector<std::int64_t>& shape) {
  std::string text = "(";
  for (const std::int64_t dimension : shape)
    text += std::to_string(dimension) + (shape.size() == 1 ? "," : ", ");
  if (shape.size() > 1) text.resize(text.size() - 2);
  return text + ")";
}

}  // namespace

const char* name(NpyType type) { return type_name(type).name; }
const char* descriptor(NpyType type) { return type_name(type).descriptor; }
std::size_t element_size(NpyType type) { return type_name(type).size; }

std::int64_t Npy::elements() const { return static_cast<std::int64_t>(bytes.size() / element_size(type)); }
std::vector<float> Npy::as_floats() const { return convert<float>(*this); }
std::vector<std::int64_t> Npy::as_ints() const { return convert<std::int64_t>(*this); }

Npy read_npy(const std::string& path) { return parse_npy(read_file(path), path); }

std::vector<std::uint8_t> format_npy(const Npy& array) {
  std::string header = std::string("{'descr': '") + descriptor(array.type) +
                       "', 'fortran_order': False, 'shape': " + tuple_text(array.shape) + ", }";
  constexpr std::size_t kPrefix = 10;
  header.append(63 - (kPrefix + header.size()) % 64, ' ');
  header += '\n';
  std::string prefix = {'\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0};
  prefix += static_cast<char>(header.size());
  prefix += static_cast<char>(header.size() >> 8);

  std::vector<std::uint8_t> bytes(kPrefix + header.size() + array.bytes.size());
  const auto end =
      std::copy(header.begin(), header.end(), std::copy(prefix.begin(), prefix.end(), bytes.begin()));
  std::copy(array.bytes.begin(), array.bytes.end(), end);
  return bytes;
}

void write_npy(const std::string& path, const Npy& array) { write_atomically(format_npy(array), path); }

std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

}  // namespace bulwark::converter::io
