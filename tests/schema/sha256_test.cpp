// SPDX-License-Identifier: Apache-2.0
// SHA-256 against the vectors of FIPS 180-4.
#include "schema/sha256.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <string>
#include <vector>

namespace bulwark::test {
namespace {

std::string hex(const std::uint8_t* digest) {
  std::string text;
  for (std::size_t i = 0; i < schema::kSha256Bytes; ++i) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", digest[i]);
    text += two;
  }
  return text;
}

std::string sha256(const std::string& message, std::size_t step) {
  schema::Sha256 hash;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(message.data());
  for (std::size_t i = 0; i < message.size(); i += step) {
    hash.update({bytes + i, std::min(step, message.size() - i)});
  }
  std::uint8_t digest[schema::kSha256Bytes];
  hash.digest(digest);
  return hex(digest);
}

TEST_CASE("sha256: the vectors of FIPS 180-4") {
  for (const std::size_t step : {1u, 7u, 64u, 1000u}) {
    CHECK(sha256("", step) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256("abc", step) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", step) ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(sha256("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmn"
                 "opqrsmnopqrstnopqrstu",
                 step) == "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  }
  CHECK(sha256(std::string(1000000, 'a'), 4096) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("sha256: the content hash takes its own bytes as zero") {
  std::vector<std::uint8_t> file(200, 9);
  std::uint8_t before[schema::kSha256Bytes], after[schema::kSha256Bytes];
  schema::content_hash(file, 60, before);
  for (std::size_t i = 60; i < 92; ++i) file[i] = static_cast<std::uint8_t>(i);
  schema::content_hash(file, 60, after);
  CHECK(hex(before) == hex(after));
  std::string zeroed(200, 9);
  for (std::size_t i = 60; i < 92; ++i) zeroed[i] = 0;
  CHECK(hex(before) == sha256(zeroed, 64));
  file[92] = 0;
  schema::content_hash(file, 60, after);
  CHECK(hex(before) != hex(after));
}

TEST_CASE("every SHA-256 of this processor gives the state of the portable one") {
  std::vector<std::uint8_t> bytes(64 * 9);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * i + 7 * i);
  for (const schema::Sha256Blocks fast : {schema::best_sha256_blocks(), schema::sha256_blocks_armv8()}) {
    if (fast == nullptr) continue;
    for (std::size_t count = 0; count <= 9; ++count) {
      std::uint32_t want[8] = {1, 2, 3, 0xfffffff0u, 5, 6, 7, 8}, got[8];
      std::copy(want, want + 8, got);
      schema::portable_sha256_blocks()(want, bytes.data(), count);
      fast(got, bytes.data(), count);
      CHECK(std::equal(want, want + 8, got));
    }
  }
}

}  // namespace
}  // namespace bulwark::test
