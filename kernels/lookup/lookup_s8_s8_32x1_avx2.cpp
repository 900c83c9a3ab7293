// SPDX-License-Identifier: Apache-2.0
// A table of 256 bytes is sixteen rows of 16, each in both halves of a register: the low nibble of an index
// picks the byte, the high one the row, by way of a binary choice between rows for each of its bits.
#include "kernels/common/elementwise.h"
#include "kernels/common/elementwise_avx2.h"

namespace bulwark::kernels {
namespace {

struct Rows {
  explicit Rows(const std::int8_t* entries) {
    for (int i = 0; i < 16; ++i) row[i] = _mm256_broadcastsi128_si256(load_16(entries + 16 * i));
  }
  __m256i row[16];
};

__m256i look_up(__m256i x, const Rows& table) {
  // x + 128: the index of x in the table.
  const __m256i index = _mm256_xor_si256(x, _mm256_set1_epi8(-128));
  const __m256i low = _mm256_and_si256(index, _mm256_set1_epi8(15));
  // A blend looks at the top bit of each byte; shifts of 16-bit lanes move bits 6, 5 and 4 there.
  const __m256i bit[4] = {_mm256_slli_epi16(index, 3), _mm256_slli_epi16(index, 2),
                          _mm256_slli_epi16(index, 1), index};
  __m256i part[16];
  for (int i = 0; i < 16; ++i) part[i] = _mm256_shuffle_epi8(table.row[i], low);
  for (int level = 0, rows = 16; level < 4; ++level, rows /= 2) {
    for (int i = 0; i < rows / 2; ++i) {
      part[i] = _mm256_blendv_epi8(part[2 * i], part[2 * i + 1], bit[level]);
    }
  }
  return part[0];
}

}  // namespace

void lookup_s8_s8_32x1_avx2(const LookupCall& call) {
  const Rows table(call.entries);
  std::int64_t i = 0;
  for (; i + 32 <= call.count; i += 32) {
    const __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(call.input + i));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(call.output + i), look_up(x, table));
  }
  for (; i < call.count; ++i) call.output[i] = call.entries[call.input[i] + 128];
}

}  // namespace bulwark::kernels
