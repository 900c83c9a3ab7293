// SPDX-License-Identifier: Apache-2.0
#include "schema/sha256.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "schema/sha256_blocks.h"

namespace bulwark::schema {
namespace {

std::uint32_t load_be(const std::uint8_t* p) {
  return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3];
}

void blocks_portable(std::uint32_t state[8], const std::uint8_t* bytes, std::size_t count) {
  std::array<std::uint32_t, 64> w;
  for (; count > 0; --count, bytes += 64) {
    for (std::size_t i = 0; i < 16; ++i) w[i] = load_be(bytes + 4 * i);
    for (std::size_t i = 16; i < 64; ++i) {
      const std::uint32_t s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3);
      const std::uint32_t s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    std::uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    std::uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (std::size_t i = 0; i < 64; ++i) {
      const std::uint32_t s1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
      const std::uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + kSha256Round[i] + w[i];
      const std::uint32_t s0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
      const std::uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    const std::uint32_t add[8] = {a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < 8; ++i) state[i] += add[i];
  }
}

}  // namespace

Sha256Blocks best_sha256_blocks() {
  const Sha256Blocks fast = sha256_blocks_armv8();
  return fast != nullptr ? fast : blocks_portable;
}

Sha256Blocks portable_sha256_blocks() { return blocks_portable; }

void Sha256::update(std::span<const std::uint8_t> bytes) {
  total_ += bytes.size();
  while (!bytes.empty()) {
    if (buffered_ == 0 && bytes.size() >= buffer_.size()) {
      const std::size_t whole = bytes.size() / buffer_.size();
      blocks_(state_.data(), bytes.data(), whole);
      bytes = bytes.subspan(whole * buffer_.size());
      continue;
    }
    const std::size_t taken = std::min(bytes.size(), buffer_.size() - buffered_);
    std::memcpy(buffer_.data() + buffered_, bytes.data(), taken);
    buffered_ += taken;
    bytes = bytes.subspan(taken);
    if (buffered_ == buffer_.size()) {
      blocks_(state_.data(), buffer_.data(), 1);
      buffered_ = 0;
    }
  }
}

void Sha256::digest(std::uint8_t out[kSha256Bytes]) {
  const std::uint64_t bits = total_ * 8;
  const std::uint8_t one = 0x80, zero = 0;
  update({&one, 1});
  while (buffered_ != 56) update({&zero, 1});
  std::uint8_t length[8];
  for (int i = 0; i < 8; ++i) length[i] = static_cast<std::uint8_t>(bits >> (56 - 8 * i));
  update(length);
  for (std::size_t i = 0; i < kSha256Bytes; ++i) {
    out[i] = static_cast<std::uint8_t>(state_[i / 4] >> (24 - 8 * (i % 4)));
  }
}

void content_hash(std::span<const std::uint8_t> bytes, std::size_t digest_offset,
                  std::uint8_t out[kSha256Bytes]) {
  constexpr std::array<std::uint8_t, kSha256Bytes> kZero = {};
  Sha256 hash;
  hash.update(bytes.first(digest_offset));
  hash.update(kZero);
  hash.update(bytes.subspan(digest_offset + kSha256Bytes));
  hash.digest(out);
}

}  // namespace bulwark::schema
