// SPDX-License-Identifier: Apache-2.0
// Instructions that GCC 12 does not make the best of as intrinsics.
//
// Widening multiplications of the lower halves of 16-byte vectors take vget_low_s8(), for which GCC 12 keeps
// a second register per operand that is used in both halves; kernels that fill the register file then spill.
// Neighbouring loads into registers that are reused do not become ldp.
#pragma once

#include <cstdint>

#include "kernels/common/neon.h"

namespace bulwark::kernels {

#ifdef __aarch64__

/// a[i] * b[i], i in 0..7
static inline int16x8_t multiply_low(int8x16_t a, int8x16_t b) {
  int16x8_t product;
  __asm__("smull %0.8h, %1.8b, %2.8b" : "=w"(product) : "w"(a), "w"(b));
  return product;
}

/// sum[i] + a[i] * b[i], i in 0..7
static inline int16x8_t multiply_add_low(int16x8_t sum, int8x16_t a, int8x16_t b) {
  __asm__("smlal %0.8h, %1.8b, %2.8b" : "+w"(sum) : "w"(a), "w"(b));
  return sum;
}

/// Loads 32 bytes and moves the pointer behind them: one instruction.
static inline void load_pair(const std::uint8_t*& p, uint8x16_t* first, uint8x16_t* second) {
  __asm__("ldp %q0, %q1, [%2], #32"
          : "=w"(*first), "=w"(*second), "+r"(p)
          : "m"(*reinterpret_cast<const std::uint8_t(*)[32]>(p)));
}

#else

static inline int16x8_t multiply_low(int8x16_t a, int8x16_t b) {
  return vmull_s8(vget_low_s8(a), vget_low_s8(b));
}
static inline int16x8_t multiply_add_low(int16x8_t sum, int8x16_t a, int8x16_t b) {
  return vmlal_s8(sum, vget_low_s8(a), vget_low_s8(b));
}
static inline void load_pair(const std::uint8_t*& p, uint8x16_t* first, uint8x16_t* second) {
  *first = vld1q_u8(p);
  *second = vld1q_u8(p + 16);
  p += 32;
}

#endif

}  // namespace bulwark::kernels
