// SPDX-License-Identifier: Apache-2.0
#include "bench/npy.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "bench/failure.h"

namespace bulwark::bench {
namespace {

constexpr std::uint8_t kMagic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};
constexpr std::size_t kPrefix = 10;  // magic, version, 16-bit length
constexpr std::size_t kDataAlignment = 64;
constexpr std::uint64_t kMaxElements = std::uint64_t{1} << 31;

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
  throw Failure{Exit::bad_input, path + ": " + what};
}

std::size_t type_bytes(bw_type type) {
  switch (type) {
    case BW_TYPE_S8:
    case BW_TYPE_U8:
      return 1;
    case BW_TYPE_S16:
      return 2;
    case BW_TYPE_S64:
      return 8;
    default:
      return 4;
  }
}

const char* descriptor(bw_type type) {
  constexpr const char* kNames[] = {"|i1", "|u1", "<f4", "<i2", "<i4", "<i8"};  // in the order of bw_type
  return kNames[type];
}

// What stands behind `quoted_key` and its colon in the header's dictionary.
std::string_view value_of(std::string_view header, const std::string& quoted_key, const std::string& path) {
  const std::size_t at = header.find(quoted_key);
  if (at == std::string_view::npos) refuse(path, "the .npy header has no " + quoted_key);
  std::string_view rest = header.substr(at + quoted_key.size());
  const std::size_t begin = rest.find_first_not_of(": ");
  if (begin == std::string_view::npos) refuse(path, "the .npy header ends behind " + quoted_key);
  return rest.substr(begin);
}

bw_type parse_type(std::string_view header, const std::string& path) {
  const std::string_view value = value_of(header, "'descr'", path);
  for (const auto& [text, type] :
       {std::pair{"'<f4'", BW_TYPE_F32}, std::pair{"'|u1'", BW_TYPE_U8}, std::pair{"'|i1'", BW_TYPE_S8}}) {
    if (value.starts_with(text)) return type;
  }
  refuse(path, "the element type " + std::string(value.substr(0, value.find(','))) +
                   " is not supported: float32 '<f4', uint8 '|u1' or int8 '|i1'");
}

std::vector<std::int64_t> parse_shape(std::string_view header, const std::string& path) {
  std::string_view value = value_of(header, "'shape'", path);
  const std::size_t end = value.find(')');
  if (value[0] != '(' || end == std::string_view::npos)
    refuse(path, "the shape in the .npy header is not a tuple");
  value = value.substr(1, end - 1);
  std::vector<std::int64_t> shape;
  while (true) {
    const std::size_t begin = value.find_first_not_of(", ");
    if (begin == std::string_view::npos) return shape;
    value.remove_prefix(begin);
    std::int64_t dimension = -1;
    const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), dimension);
    if (error != std::errc() || dimension < 0)
      refuse(path, "a dimension in the .npy header is not a whole number");
    shape.push_back(dimension);
    value.remove_prefix(static_cast<std::size_t>(stop - value.data()));
  }
}

std::uint64_t count_elements(const std::vector<std::int64_t>& shape, const std::string& path) {
  std::uint64_t count = 1;
  for (const std::int64_t dimension : shape) {
    if (static_cast<std::uint64_t>(dimension) > kMaxElements) refuse(path, "the array is too large");
    count *= static_cast<std::uint64_t>(dimension);
    if (count > kMaxElements) refuse(path, "the array is too large");
  }
  return count;
}

}  // namespace

bool looks_like_npy(const Bytes& bytes) {
  return bytes.size() >= sizeof kMagic && std::memcmp(bytes.data(), kMagic, sizeof kMagic) == 0;
}

Npy parse_npy(const Bytes& bytes, const std::string& path) {
  if (!looks_like_npy(bytes) || bytes.size() < kPrefix + 2) refuse(path, "is not a .npy file");
  const int version = bytes[6];
  if (version < 1 || version > 3)
    refuse(path, ".npy format " + std::to_string(version) + " is not supported");
  std::size_t begin = kPrefix, length = bytes[8] | bytes[9] << 8;
  if (version > 1) {
    begin += 2;
    length |= std::size_t{bytes[10]} << 16 | std::size_t{bytes[11]} << 24;
  }
  if (length > bytes.size() - begin) refuse(path, "the .npy header is cut off");
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()) + begin, length);

  Npy array;
  array.type = parse_type(header, path);
  if (!value_of(header, "'fortran_order'", path).starts_with("False"))
    refuse(path, "is in Fortran order, must be C order");
  array.shape = parse_shape(header, path);
  const std::uint64_t expected = count_elements(array.shape, path) * type_bytes(array.type);
  const std::uint64_t actual = bytes.size() - begin - length;
  if (expected != actual) {
    refuse(path,
           "holds " + std::to_string(actual) + " bytes of data, its shape needs " + std::to_string(expected));
  }
  array.data.assign(bytes.begin() + static_cast<std::ptrdiff_t>(begin + length), bytes.end());
  return array;
}

Bytes format_npy(const Npy& array) {
  std::string header =
      std::string("{'descr': '") + descriptor(array.type) + "', 'fortran_order': False, 'shape': (";
  for (const std::int64_t dimension : array.shape) header += std::to_string(dimension) + ", ";
  header += "), }";
  header.append(kDataAlignment - (kPrefix + header.size() + 1) % kDataAlignment, ' ');
  header += '\n';
  Bytes bytes(kPrefix + header.size() + array.data.size());
  std::memcpy(bytes.data(), kMagic, sizeof kMagic);
  bytes[6] = 1;  // the format's version, 1.0
  bytes[8] = static_cast<std::uint8_t>(header.size() & 255);
  bytes[9] = static_cast<std::uint8_t>(header.size() >> 8);
  const auto data = std::copy(header.begin(), header.end(), bytes.begin() + kPrefix);
  std::copy(array.data.begin(), array.data.end(), data);
  return bytes;
}

}  // namespace bulwark::bench
