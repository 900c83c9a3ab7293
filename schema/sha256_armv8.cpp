// SPDX-License-Identifier: Apache-2.0
// SHA-256 with the ARMv8 cryptography instructions; this file alone is compiled with them.
#include "schema/sha256_blocks.h"

#if defined(__aarch64__) && defined(__ARM_FEATURE_CRYPTO)
#include <arm_neon.h>
#if defined(__linux__)
#include <sys/auxv.h>
#endif

namespace bulwark::schema {
namespace {

bool has_instructions() {
#if defined(__linux__)
  return (getauxval(AT_HWCAP) >> 6 & 1) != 0;  // HWCAP_SHA2
#else
  return true;  // every 64-bit Apple processor
#endif
}

void blocks_armv8(std::uint32_t state[8], const std::uint8_t* bytes, std::size_t count) {
  uint32x4_t abcd = vld1q_u32(state), efgh = vld1q_u32(state + 4);
  for (; count > 0; --count, bytes += 64) {
    const uint32x4_t abcd_before = abcd, efgh_before = efgh;
    uint32x4_t w[4];
    for (int i = 0; i < 4; ++i) w[i] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(bytes + 16 * i)));
#pragma GCC unroll 16
    for (unsigned i = 0; i < 16; ++i) {
      const uint32x4_t input = vaddq_u32(w[i % 4], vld1q_u32(kSha256Round.data() + 4 * i));
      const uint32x4_t abcd_old = abcd;
      abcd = vsha256hq_u32(abcd, efgh, input);
      efgh = vsha256h2q_u32(efgh, abcd_old, input);
      if (i < 12) {
        w[i % 4] = vsha256su1q_u32(vsha256su0q_u32(w[i % 4], w[(i + 1) % 4]), w[(i + 2) % 4], w[(i + 3) % 4]);
      }
    }
    abcd = vaddq_u32(abcd, abcd_before);
    efgh = vaddq_u32(efgh, efgh_before);
  }
  vst1q_u32(state, abcd);
  vst1q_u32(state + 4, efgh);
}

}  // namespace

Sha256Blocks sha256_blocks_armv8() { return has_instructions() ? blocks_armv8 : nullptr; }

}  // namespace bulwark::schema

#else

namespace bulwark::schema {

Sha256Blocks sha256_blocks_armv8() { return nullptr; }

}  // namespace bulwark::schema

#endif
