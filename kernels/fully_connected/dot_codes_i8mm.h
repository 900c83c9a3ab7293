// SPDX-License-Identifier: Apache-2.0
// Dot products of a panel with 4-bit codes by usmmla, for one row of inputs.
//
// A byte is 16 h + l. One usmmla multiplies 8 bytes of two channels with two runs of 8 inputs at once, so
// with (xl, xh) as the runs, the codes l = byte & 15 give l * xl and l * xh, whole bytes give (16 h + l) *
// xh, and l * xl + h * xh = l * xl + (byte * xh - l * xh) / 16, exactly: no shift takes h out of its byte. 32
// products are 3 instructions and half a load.
//
// A group of 32 inputs: for each half of 16, for each pair of channels, 8 bytes of each channel; byte i of a
// half holds the codes of its inputs i (low) and 8 + i (high).
#pragma once

#include "kernels/fully_connected/fully_connected_neon.h"

namespace bulwark::kernels::fully_connected {
namespace {

class DotCodesI8mm {
 public:
  static constexpr int kBits = 4;

  explicit DotCodesI8mm(const LinearProblem&) {}

  template <int kRows>
  void operator()(const std::int8_t* rows, std::size_t stride, const std::uint8_t* weights,
                  std::int64_t groups, Sums* sums) const {
    for (int r = 0; r < kRows; ++r) {
      sums[r] = one_row(rows + static_cast<std::size_t>(r) * stride, weights, groups);
    }
  }

 private:
  static constexpr int kPairs = kPanel / 2;

  static Sums one_row(const std::int8_t* x, const std::uint8_t* w, std::int64_t groups) {
    int32x4_t low[kPairs], whole[kPairs];
    for (int i = 0; i < kPairs; ++i) low[i] = whole[i] = vdupq_n_s32(0);
    const uint8x16_t mask = vdupq_n_u8(15);
    const std::int8_t* const end = x + groups * kGroup<kBits>;
#pragma GCC unroll 2
    while (x != end) {
      for (int half = 0; half < 2; ++half, x += 16) {
        const int8x16_t inputs = vld1q_s8(x);
        for (int i = 0; i < kPairs; i += 2) {
          uint8x16_t w0, w1;
          load_pair(w, &w0, &w1);
          low[i] = vusmmlaq_s32(low[i], vandq_u8(w0, mask), inputs);
          low[i + 1] = vusmmlaq_s32(low[i + 1], vandq_u8(w1, mask), inputs);
          whole[i] = vusmmlaq_s32(whole[i], w0, inputs);
          whole[i + 1] = vusmmlaq_s32(whole[i + 1], w1, inputs);
        }
      }
    }
    return {sum_pairs(low, whole), sum_pairs(low + 2, whole + 2)};
  }

  /// The lanes are channel 0 with xl, with xh, channel 1 with xl, with xh.
  static int32x4_t sum_pairs(const int32x4_t* low, const int32x4_t* whole) {
    const int32x4_t high = vsubq_s32(vuzp2q_s32(whole[0], whole[1]), vuzp2q_s32(low[0], low[1]));
    return vsraq_n_s32(vuzp1q_s32(low[0], low[1]), high, 4);
  }
};

struct KernelCodesI8mm : KernelNeon<DotCodesI8mm> {
  /// The sums of whole bytes stay inside int32.
  static bool supports(const LinearProblem& p) {
    return KernelNeon<DotCodesI8mm>::supports(p) && p.depth() <= (1 << 16);
  }

  static void pack(const LinearProblem& p, const LinearConstants& constants, std::int16_t* staging,
                   void* packed) {
    fully_connected::pack<4>(p, constants, staging, packed);
    auto* panel = static_cast<std::uint8_t*>(packed);
    for (std::int64_t i = panels(p); i > 0; --i, panel += panel_size<4>(p)) {
      for (std::int64_t g = 0; g < groups<4>(p); ++g) {
        reorder(panel + kWeights + static_cast<std::size_t>(g) * kGroupBytes);
      }
    }
  }

 private:
  /// From 16 bytes of each channel, byte i holding inputs i and 16 + i.
  static void reorder(std::uint8_t* group) {
    std::uint8_t from[kGroupBytes];
    std::memcpy(from, group, kGroupBytes);
    for (std::size_t channel = 0; channel < kPanel; ++channel) {
      for (std::size_t i = 0; i < 8; ++i) {
        const unsigned a = from[16 * channel + i], b = from[16 * channel + 8 + i];
        group[8 * channel + i] = static_cast<std::uint8_t>((a & 15) | (b & 15) << 4);
        group[kGroupBytes / 2 + 8 * channel + i] = static_cast<std::uint8_t>(a >> 4 | (b & 0xf0));
      }
    }
  }
};

}  // namespace
}  // namespace bulwark::kernels::fully_connected
