// SPDX-License-Identifier: Apache-2.0
// The reading side of .npy: a strict parser of the header's Python literal.
#include <algorithm>
#include <cstring>
#include <string_view>

#include "converter/error.h"
#include "converter/io/npy.h"

namespace bulwark::converter::io {
namespace {

constexpr std::size_t kMaxRank = 32;

class HeaderParser {
 public:
  HeaderParser(std::string_view text, std::size_t offset, const std::string& path)
      : text_(text), offset_(offset), path_(path) {}

  /// Fills type and shape.
  void parse(Npy* array) {
    expect('{');
    while (peek() != '}') {
      const std::string key = string();
      expect(':');
      if (key == "descr" && !once(&has_type_)) {
        array->type = type();
      } else if (key == "fortran_order" && !once(&has_order_)) {
        order();
      } else if (key == "shape" && !once(&has_shape_)) {
        array->shape = shape();
      } else {
        fail("unexpected or repeated key '" + key + "'");
      }
      if (peek() != '}') expect(',');
    }
    expect('}');
    if (peek() != '\0') fail("text after the closing brace");
    if (!has_type_ || !has_order_ || !has_shape_)
      fail("the header lacks 'descr', 'fortran_order' or 'shape'");
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw bad_input("'" + path_ + "': byte " + std::to_string(offset_ + at_) + ": " + what);
  }

  /// The next character that is not white space; '\0' at the end.
  char peek() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  void expect(char c) {
    if (peek() != c) fail(std::string("expected '") + c + "' in the header");
    ++at_;
  }

  static bool once(bool* seen) {
    const bool before = *seen;
    *seen = true;
    return before;
  }

  std::string string() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') fail("expected a string in the header");
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail("a string in the header does not end");
    std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return value;
  }

  NpyType type() {
    if (peek() != '\'' && peek() != '"') fail("structured types are not supported");
    const std::string text = string();
    for (const NpyType candidate : {NpyType::f32, NpyType::f64, NpyType::u8, NpyType::s8, NpyType::s16,
                                    NpyType::s32, NpyType::s64, NpyType::boolean}) {
      if (text == descriptor(candidate)) return candidate;
    }
    if (!text.empty() && text[0] == '>') fail("big-endian data (type '" + text + "') is not supported");
    fail("type '" + text.substr(0, 40) +
         "' is not supported (float32, float64, uint8, int8, int16, int32, int64, bool)");
  }

  void order() {
    peek();
    const std::string_view rest = text_.substr(std::min(at_, text_.size()));
    if (rest.starts_with("True")) fail("Fortran order is not supported; save with numpy.ascontiguousarray");
    if (!rest.starts_with("False")) fail("'fortran_order' is neither True nor False");
    at_ += 5;
  }

  std::int64_t dimension() {
    constexpr std::int64_t kMax = std::int64_t{1} << 48;
    if (peek() < '0' || peek() > '9') fail("expected a dimension in 'shape'");
    std::int64_t value = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      value = value * 10 + (text_[at_] - '0');
      if (value > kMax) fail("a dimension in 'shape' is too large");
    }
    return value;
  }

  std::vector<std::int64_t> shape() {
    std::vector<std::int64_t> dimensions;
    expect('(');
    while (peek() != ')') {
      if (dimensions.size() == kMaxRank) fail("more than 32 dimensions");
      dimensions.push_back(dimension());
      if (peek() != ')' || dimensions.size() == 1) expect(',');
    }
    expect(')');
    return dimensions;
  }

  std::string_view text_;
  std::size_t offset_;
  const std::string& path_;
  std::size_t at_ = 0;
  bool has_type_ = false, has_order_ = false, has_shape_ = false;
};

struct HeaderPlace {
  std::size_t begin, end;
};

HeaderPlace find_header(const std::vector<std::uint8_t>& bytes, const std::string& path) {
  const auto refuse = [&](const std::string& what) { return bad_input("'" + path + "': " + what); };
  constexpr std::uint8_t kMagic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};
  if (bytes.size() < 10 || std::memcmp(bytes.data(), kMagic, sizeof kMagic) != 0)
    throw refuse("not a .npy file (byte 0)");
  const int major = bytes[6], minor = bytes[7];
  if (major < 1 || major > 3 || minor != 0) {
    throw refuse("byte 6: .npy format " + std::to_string(major) + "." + std::to_string(minor) +
                 " is not supported");
  }
  const std::size_t begin = major == 1 ? 10 : 12;
  if (bytes.size() < begin) throw refuse("byte 8: the header is cut off");
  std::uint64_t length = bytes[8] | static_cast<std::uint64_t>(bytes[9]) << 8;
  if (major > 1)
    length |= static_cast<std::uint64_t>(bytes[10]) << 16 | static_cast<std::uint64_t>(bytes[11]) << 24;
  if (length > bytes.size() - begin) throw refuse("byte 8: the header is cut off");
  return {begin, begin + static_cast<std::size_t>(length)};
}

/// Bytes of all elements, or an error when they are not what the file holds.
void check_size(const Npy& array, std::size_t available, std::size_t begin, const std::string& path) {
  std::uint64_t expected = element_size(array.type);
  const bool empty = std::find(array.shape.begin(), array.shape.end(), 0) != array.shape.end();
  if (empty) expected = 0;
  bool too_large = false;
  for (const std::int64_t dimension : array.shape) {
    too_large =
        too_large || __builtin_mul_overflow(expected, static_cast<std::uint64_t>(dimension), &expected);
  }
  if (too_large || expected != available) {
    throw bad_input("'" + path + "': byte " + std::to_string(begin) + ": shape " + shape_text(array.shape) +
                    " of " + name(array.type) + " needs " +
                    (too_large ? "more than 2^64" : std::to_string(expected)) + " bytes, the file has " +
                    std::to_string(available));
  }
}

}  // namespace

Npy parse_npy(std::vector<std::uint8_t> bytes, const std::string& path) {
  const HeaderPlace header = find_header(bytes, path);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + header.begin,
                              header.end - header.begin);
  Npy array;
  HeaderParser(text, header.begin, path).parse(&array);
  check_size(array, bytes.size() - header.end, header.end, path);
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(header.end));
  array.bytes = std::move(bytes);
  return array;
}

}  // namespace bulwark::converter::io
