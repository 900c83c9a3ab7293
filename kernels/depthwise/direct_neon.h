// SPDX-License-Identifier: Apache-2.0
// Direct depthwise convolution on AArch64 without dot product: 16 channels of up to 2 output pixels at a
// time, all taps unrolled. Products are summed in 16-bit lanes, kChain of them before each widening addition;
// kChain must not exceed products_in_int16() of the problem.
#pragma once

#include "kernels/common/multiply_neon.h"
#include "kernels/common/product_range.h"
#include "kernels/depthwise/row_loop_neon.h"

namespace bulwark::kernels::depthwise {
namespace {

static inline void widen_add(int32x4_t* acc, int16x8_t low, int16x8_t high) {
  acc[0] = vaddw_s16(acc[0], vget_low_s16(low));
  acc[1] = vaddw_high_s16(acc[1], low);
  acc[2] = vaddw_s16(acc[2], vget_low_s16(high));
  acc[3] = vaddw_high_s16(acc[3], high);
}

/// `x`: the tile's first input pixel in each padded row.
template <int kKernel, int kStride, int kChain, int kPixels, bool kFraction>
static inline void compute_tile(const RowTask& task, const int8x16_t* weights, const std::int8_t* const* x,
                                bool whole, std::int8_t* output) {
  constexpr int kTaps = kKernel * kKernel;
  int32x4_t acc[kPixels][4];
  for (int px = 0; px < kPixels; ++px) {
    for (int i = 0; i < 4; ++i) acc[px][i] = first_sum<kFraction>(task, i);
  }
  int16x8_t low[kPixels], high[kPixels];
#pragma GCC unroll 32
  for (int t = 0; t < kTaps; ++t) {
    const std::int8_t* x_tap = x[t / kKernel] + t % kKernel * kChunk;
    const int8x16_t w = weights[t];
#pragma GCC unroll 2
    for (int px = 0; px < kPixels; ++px) {
      const int8x16_t xv = vld1q_s8(x_tap + px * kStride * kChunk);
      const bool first = t % kChain == 0;
      low[px] = first ? multiply_low(xv, w) : multiply_add_low(low[px], xv, w);
      high[px] = first ? vmull_high_s8(xv, w) : vmlal_high_s8(high[px], xv, w);
      if (t % kChain == kChain - 1 || t == kTaps - 1) widen_add(acc[px], low[px], high[px]);
    }
  }
  store_tile<kPixels, kFraction>(task, acc, whole, output);
}

template <int kKernel, int kStride, int kChain, bool kFraction, bool kWhole>
static inline void compute_row(RowTask task) {
  constexpr int kPixels = 2;
  int8x16_t weights[kKernel * kKernel];
  for (int t = 0; t < kKernel * kKernel; ++t) {
    weights[t] = vreinterpretq_s8_u8(vld1q_u8(task.record + kWeights + t * kBlock));
  }
  const std::int8_t* x[kKernel];
  for (int ky = 0; ky < kKernel; ++ky) x[ky] = task.rows[ky];
  std::int8_t* output = task.output;
  std::int32_t left = task.problem->out_w;
  for (; left >= kPixels; left -= kPixels) {
    compute_tile<kKernel, kStride, kChain, kPixels, kFraction>(task, weights, x, kWhole, output);
    for (int ky = 0; ky < kKernel; ++ky) x[ky] += kPixels * kStride * kChunk;
    output += kPixels * task.output_pixel;
  }
  if (left > 0) compute_tile<kKernel, kStride, kChain, 1, kFraction>(task, weights, x, kWhole, output);
}

/// Square kernels of one size at stride 1 and 2.
template <int kKernel, int kChain>
struct DirectRow {
  template <bool kFraction, bool kWhole>
  static inline void compute(const RowTask& task) {
    if (task.problem->stride_w == 1) {
      compute_row<kKernel, 1, kChain, kFraction, kWhole>(task);
    } else {
      compute_row<kKernel, 2, kChain, kFraction, kWhole>(task);
    }
  }
};

}  // namespace
}  // namespace bulwark::kernels::depthwise
