// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4) and the content hash of a model file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "schema/sha256_blocks.h"

namespace bulwark::schema {

inline constexpr std::size_t kSha256Bytes = 32;

/// Streaming: update any number of times, then digest once.
class Sha256 {
 public:
  void update(std::span<const std::uint8_t> bytes);
  void digest(std::uint8_t out[kSha256Bytes]);

 private:
  Sha256Blocks blocks_ = best_sha256_blocks();
  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, 64> buffer_ = {};
  std::size_t buffered_ = 0;
  std::uint64_t total_ = 0;
};

/// SHA-256 of `bytes` with the 32 bytes at digest_offset taken as zero. digest_offset + 32 <= bytes.size().
void content_hash(std::span<const std::uint8_t> bytes, std::size_t digest_offset,
                  std::uint8_t out[kSha256Bytes]);

}  // namespace bulwark::schema
