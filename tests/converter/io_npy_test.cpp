// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstring>

#include "converter/error.h"
#include "converter/io/npy.h"
#include "tests/converter/temp_folder.h"

namespace bulwark::converter::io {
namespace {

std::vector<std::uint8_t> npy_bytes(const std::string& header, std::size_t data_bytes, int major = 1) {
  std::vector<std::uint8_t> bytes = {0x93, 'N', 'U', 'M', 'P', 'Y', static_cast<std::uint8_t>(major), 0};
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i)
    bytes.push_back(static_cast<std::uint8_t>(header.size() >> 8 * i));
  for (const char c : header) bytes.push_back(static_cast<std::uint8_t>(c));
  bytes.resize(bytes.size() + data_bytes);
  return bytes;
}

std::string header(const std::string& type, const std::string& shape, const std::string& order = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }      \n";
}

/// The message of the refusal; "" when the bytes are accepted.
std::string refusal(std::vector<std::uint8_t> bytes) {
  try {
    parse_npy(std::move(bytes), "x.npy");
  } catch (const Error& error) {
    CHECK(error.code() == Exit::bad_input);
    return error.what();
  }
  return "";
}

using Catch::Matchers::Contains;

TEST_CASE("npy: what is written is read back, for every type and rank") {
  for (const NpyType type : {NpyType::f32, NpyType::f64, NpyType::u8, NpyType::s8, NpyType::s16, NpyType::s32,
                             NpyType::s64, NpyType::boolean}) {
    for (const std::vector<std::int64_t>& shape :
         std::vector<std::vector<std::int64_t>>{{}, {5}, {2, 3}, {1, 2, 1, 4}, {0, 7}}) {
      Npy array;
      array.type = type;
      array.shape = shape;
      std::size_t count = 1;
      for (const std::int64_t d : shape) count *= static_cast<std::size_t>(d);
      for (std::size_t i = 0; i < count * element_size(type); ++i)
        array.bytes.push_back(static_cast<std::uint8_t>(i * 7));
      const std::vector<std::uint8_t> bytes = format_npy(array);
      CHECK((bytes.size() - array.bytes.size()) % 64 == 0);
      const Npy back = parse_npy(bytes, "x.npy");
      CHECK(back.type == type);
      CHECK(back.shape == shape);
      CHECK(back.bytes == array.bytes);
    }
  }
}

TEST_CASE("npy: formats 1.0, 2.0 and 3.0 and other spellings of the header") {
  for (const int major : {1, 2, 3}) CHECK(refusal(npy_bytes(header("<f4", "(2, 3)"), 24, major)).empty());
  CHECK(refusal(npy_bytes("{\"shape\":(3,),\"descr\":\"|u1\",\"fortran_order\":False}", 3)).empty());
}

TEST_CASE("npy: elements as floats and as integers") {
  Npy array;
  array.type = NpyType::s16;
  array.shape = {3};
  array.bytes = {0xff, 0xff, 0x00, 0x01, 0x05, 0x00};
  CHECK(array.as_ints() == std::vector<std::int64_t>{-1, 256, 5});
  CHECK(array.as_floats() == std::vector<float>{-1, 256, 5});
  const float values[] = {1.75f, -2.5f, 1e30f};
  array.type = NpyType::f32;
  array.bytes.resize(sizeof values);
  std::memcpy(array.bytes.data(), values, sizeof values);
  CHECK(array.as_ints() == std::vector<std::int64_t>{1, -2, 0});
}

TEST_CASE("npy: Fortran order and big-endian data are refused by name") {
  CHECK_THAT(refusal(npy_bytes(header("<f4", "(2, 3)", "True"), 24)), Contains("Fortran order"));
  CHECK_THAT(refusal(npy_bytes(header(">f4", "(2, 3)"), 24)), Contains("big-endian"));
  CHECK_THAT(refusal(npy_bytes(header("<c8", "(2, 3)"), 48)), Contains("type '<c8'"));
  CHECK_THAT(refusal(npy_bytes(header("|O", "(2, 3)"), 48)), Contains("type '|O'"));
  CHECK_THAT(refusal(npy_bytes("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", 4)),
             Contains("structured"));
}

TEST_CASE("npy: huge shapes and sizes that do not match are refused") {
  CHECK_THAT(refusal(npy_bytes(header("<f4", "(281474976710656, 281474976710656)"), 4)),
             Contains("more than 2^64"));
  CHECK_THAT(refusal(npy_bytes(header("<f8", "(281474976710656, 65536)"), 0)), Contains("more than 2^64"));
  CHECK_THAT(refusal(npy_bytes(header("<f4", "(99999999999999999999999,)"), 4)), Contains("too large"));
  CHECK_THAT(refusal(npy_bytes(header("<f4", "(-1,)"), 4)), Contains("expected a dimension"));
  CHECK_THAT(refusal(npy_bytes(header("<f4", "(2, 3)"), 23)), Contains("needs 24 bytes, the file has 23"));
  CHECK_THAT(refusal(npy_bytes(header("<f4", "(2, 3)"), 25)), Contains("needs 24 bytes, the file has 25"));
  std::string deep = "(";
  for (int i = 0; i < 33; ++i) deep += "1, ";
  CHECK_THAT(refusal(npy_bytes(header("<f4", deep + ")"), 4)), Contains("more than 32 dimensions"));
}

TEST_CASE("npy: malformed headers are refused with the byte") {
  for (const char* text :
       {"", "{", "{}", "[1]", "{'descr'}", "{'descr': '<f4}", "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} 1",
        "{'descr': '<f4', 'x': 1, 'shape': (1,)}",
        "{'descr': '<f4' 'fortran_order': False, 'shape': (1,)}"}) {
    INFO(text);
    CHECK_THAT(refusal(npy_bytes(text, 4)), Contains("'x.npy': byte "));
  }
  CHECK_THAT(refusal(npy_bytes(header("<f4", "(1,)"), 4, 4)), Contains("format 4.0"));
  CHECK_THAT(refusal({'a', 'b'}), Contains("not a .npy file"));
}

TEST_CASE("npy: every truncation is refused") {
  const std::vector<std::uint8_t> whole = npy_bytes(header("<f4", "(2, 3)"), 24);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO(size);
    CHECK(!refusal({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}).empty());
  }
}

TEST_CASE("npy: a changed byte of the header never crashes and never changes the amount of data") {
  const std::vector<std::uint8_t> whole = npy_bytes(header("<f4", "(2, 3)"), 24);
  for (std::size_t at = 0; at + 24 < whole.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::vector<std::uint8_t> bytes = whole;
      bytes[at] = static_cast<std::uint8_t>(value);
      try {
        const Npy array = parse_npy(bytes, "x.npy");
        REQUIRE(array.as_floats().size() * element_size(array.type) == array.bytes.size());
      } catch (const Error& error) {
        REQUIRE(error.code() == Exit::bad_input);
      }
    }
  }
}

}  // namespace
}  // namespace bulwark::converter::io
