// SPDX-License-Identifier: Apache-2.0
// Dot products of a panel with 4- or 2-bit codes for one row of inputs, in assembly: GCC 12 neither keeps the
// 16 sums in registers nor interleaves channels, and an in-order core then waits for each multiplication.
// More rows go through dot_neon.h.
//
// Registers: v0-v3 inputs, v4-v7 codes of four channels, v8-v11 one field of them, v15 mask, v16-v23 sums of
// 16 bits, v24-v31 of 32 bits.
#pragma once

#include "kernels/fully_connected/dot_neon.h"

// clang-format off
#define BW_FIELDS(insn, a, b, c, d) insn(a, "4", "8") insn(b, "5", "9") insn(c, "6", "10") insn(d, "7", "11")
#define BW_LOW(s, w, t) "and v" t ".16b, v" w ".16b, v15.16b\n"
#define BW_MASK(s, w, t) "and v" t ".16b, v" t ".16b, v15.16b\n"
#define BW_SHIFT2(s, w, t) "ushr v" t ".16b, v" w ".16b, #2\n"
#define BW_SHIFT4(s, w, t) "ushr v" t ".16b, v" w ".16b, #4\n"
#define BW_SHIFT6(s, w, t) "ushr v" t ".16b, v" w ".16b, #6\n"
#define BW_MULTIPLY(insn, half, x, a, b, c, d)             \
  insn " v" a ".8h, v8." half ", v" x "." half "\n"        \
  insn " v" b ".8h, v9." half ", v" x "." half "\n"        \
  insn " v" c ".8h, v10." half ", v" x "." half "\n"       \
  insn " v" d ".8h, v11." half ", v" x "." half "\n"
#define BW_ADD(x, a, b, c, d)                              \
  BW_MULTIPLY("smlal", "8b", x, a, b, c, d)                \
  BW_MULTIPLY("smlal2", "16b", x, a, b, c, d)
#define BW_START(insn, x, a, b, c, d)                      \
  BW_MULTIPLY(insn, "8b", x, a, b, c, d)                   \
  BW_MULTIPLY("smlal2", "16b", x, a, b, c, d)
#define BW_LOAD_CODES "ld1 {v4.16b, v5.16b, v6.16b, v7.16b}, [%[w]], #64\n"
/// Four channels of a group; `insn` makes the first products, smull or smlal. The codes of the next four are
/// loaded as soon as the last field is taken.
#define BW_CODES4(insn, a, b, c, d)                        \
  BW_FIELDS(BW_LOW, a, b, c, d)                            \
  BW_START(insn, "0", a, b, c, d)                          \
  BW_FIELDS(BW_SHIFT4, a, b, c, d)                         \
  BW_LOAD_CODES                                            \
  BW_ADD("1", a, b, c, d)
#define BW_CODES2(insn, a, b, c, d)                        \
  BW_FIELDS(BW_LOW, a, b, c, d)                            \
  BW_START(insn, "0", a, b, c, d)                          \
  BW_FIELDS(BW_SHIFT2, a, b, c, d)                         \
  BW_FIELDS(BW_MASK, a, b, c, d)                           \
  BW_ADD("1", a, b, c, d)                                  \
  BW_FIELDS(BW_SHIFT4, a, b, c, d)                         \
  BW_FIELDS(BW_MASK, a, b, c, d)                           \
  BW_ADD("2", a, b, c, d)                                  \
  BW_FIELDS(BW_SHIFT6, a, b, c, d)                         \
  BW_LOAD_CODES                                            \
  BW_ADD("3", a, b, c, d)
#define BW_LOAD4 "ldp q0, q1, [%[x]], #32\n"
#define BW_LOAD2 "ld1 {v0.16b, v1.16b, v2.16b, v3.16b}, [%[x]], #64\n"
#define BW_GROUP(load, codes, insn)                        \
  load                                                     \
  "subs %[chain], %[chain], #1\n"                          \
  codes(insn, "16", "17", "18", "19")                      \
  codes(insn, "20", "21", "22", "23")
/// Chains of groups until none is left; the sums of each are widened.
#define BW_DOT(load, codes)                                \
  "movi v24.4s, #0\n" "movi v25.4s, #0\n" "movi v26.4s, #0\n" "movi v27.4s, #0\n" \
  "movi v28.4s, #0\n" "movi v29.4s, #0\n" "movi v30.4s, #0\n" "movi v31.4s, #0\n" \
  BW_LOAD_CODES                                            \
  "1:\n"                                                   \
  "cmp %[left], %[most]\n"                                 \
  "csel %[chain], %[left], %[most], lt\n"                  \
  "sub %[left], %[left], %[most]\n"                        \
  BW_GROUP(load, codes, "smull")                           \
  "b.eq 3f\n"                                              \
  "2:\n"                                                   \
  BW_GROUP(load, codes, "smlal")                           \
  "b.ne 2b\n"                                              \
  "3:\n"                                                   \
  "sadalp v24.4s, v16.8h\n" "sadalp v25.4s, v17.8h\n" "sadalp v26.4s, v18.8h\n" "sadalp v27.4s, v19.8h\n" \
  "cmp %[left], #0\n"                                      \
  "sadalp v28.4s, v20.8h\n" "sadalp v29.4s, v21.8h\n" "sadalp v30.4s, v22.8h\n" "sadalp v31.4s, v23.8h\n" \
  "b.gt 1b\n"                                              \
  "addp v24.4s, v24.4s, v25.4s\n" "addp v26.4s, v26.4s, v27.4s\n" \
  "addp v28.4s, v28.4s, v29.4s\n" "addp v30.4s, v30.4s, v31.4s\n" \
  "addp %[low].4s, v24.4s, v26.4s\n"                       \
  "addp %[high].4s, v28.4s, v30.4s\n"
#define BW_CLOBBERS                                        \
  "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v15", "v16", "v17", "v18", \
      "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31"
// clang-format on

namespace bulwark::kernels::fully_connected {
namespace {

/// kBitsOfCode is 4 or 2.
template <int kBitsOfCode>
class DotCodesNeon {
 public:
  static constexpr int kBits = kBitsOfCode;

  explicit DotCodesNeon(const LinearProblem& p) : rows_(p) {
    const std::int32_t offset = code_offset<kBits>(p);
    const std::int32_t products =
        products_in_int16(p.in_lo, p.in_hi, p.weight_lo - offset, p.weight_hi - offset);
    groups_per_sum_ = products / kProducts;
  }

  template <int kRows>
  void operator()(const std::int8_t* rows, std::size_t stride, const std::uint8_t* weights,
                  std::int64_t groups, Sums* sums) const {
    if constexpr (kRows == 1) {
      sums[0] = one_row(rows, weights, groups);
    } else {
      rows_.template operator()<kRows>(rows, stride, weights, groups, sums);
    }
  }

 private:
  /// That a group adds to a 16-bit lane; products of codes and 8-bit inputs fit 17 times (4 bits), 85 times
  /// (2 bits).
  static constexpr std::int32_t kProducts = 2 * (8 / kBits);

  Sums one_row(const std::int8_t* x, const std::uint8_t* w, std::int64_t left) const {
    Sums sums;
    std::int64_t chain;
    const std::int64_t most = groups_per_sum_;
    if constexpr (kBits == 4) {
      __asm__ volatile("movi v15.16b, #15\n" BW_DOT(BW_LOAD4, BW_CODES4)
                       : [low] "=&w"(sums.low), [high] "=&w"(sums.high), [x] "+r"(x), [w] "+r"(w),
                         [left] "+r"(left), [chain] "=&r"(chain)
                       : [most] "r"(most)
                       : BW_CLOBBERS);
    } else {
      __asm__ volatile("movi v15.16b, #3\n" BW_DOT(BW_LOAD2, BW_CODES2)
                       : [low] "=&w"(sums.low), [high] "=&w"(sums.high), [x] "+r"(x), [w] "+r"(w),
                         [left] "+r"(left), [chain] "=&r"(chain)
                       : [most] "r"(most)
                       : BW_CLOBBERS);
    }
    return sums;
  }

  DotNeon<kBits> rows_;
  std::int64_t groups_per_sum_;
};

}  // namespace
}  // namespace bulwark::kernels::fully_connected
