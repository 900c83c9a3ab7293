// SPDX-License-Identifier: Apache-2.0
// Widening multiplications of the lower halves of 16-byte vectors.
//
// As intrinsics these take vget_low_s8(), for which GCC 12 keeps a second register per operand that is used
// in both halves; kernels that fill the register file then spill. The instructions do not need the copy.
#pragma once

#include <arm_neon.h>

namespace bulwark::kernels {

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

}  // namespace bulwark::kernels
