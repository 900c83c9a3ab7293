// SPDX-License-Identifier: Apache-2.0
// Direct depthwise convolution on AArch64 without dot product: 16 channels of up to 2 output pixels at a
// time, all taps unrolled. Products are summed in 16-bit lanes, kChain of them before each widening addition;
// kChain must not exceed products_in_int16() of the problem.
#pragma once

#include "kernels/common/multiply_neon.h"
#include "kernels/common/product_range.h"
#include "kernels/common/requantize_neon.h"
#include "kernels/depthwise/row_window.h"

namespace bulwark::kernels::depthwise {
namespace {

/// One output row of one block, as the tiles see it.
struct RowTask {
  const std::int8_t* const* rows;  ///< padded input rows, at the block's channels
  const std::uint8_t* record;
  std::int8_t* output;  ///< the block's first channel of the row's first pixel
  std::ptrdiff_t output_pixel;
  std::size_t channels;  ///< of a partial block, 1..15
  int32x4_t shift;       ///< fraction bits
  int16x8_t zero_point;
};

static inline void widen_add(int32x4_t* acc, int16x8_t low, int16x8_t high) {
  acc[0] = vaddw_s16(acc[0], vget_low_s16(low));
  acc[1] = vaddw_high_s16(acc[1], low);
  acc[2] = vaddw_s16(acc[2], vget_low_s16(high));
  acc[3] = vaddw_high_s16(acc[3], high);
}

template <int kPixels, bool kFraction>
static inline void store_tile(const RowTask& task, int32x4_t (*acc)[4], bool whole, std::int8_t* output) {
  const auto* bias = reinterpret_cast<const std::int32_t*>(task.record + kBias);
  const auto* multiplier = reinterpret_cast<const float*>(task.record + kMultiplier);
  const int8x16_t lo = vreinterpretq_s8_u8(vld1q_u8(task.record + kLo));
  const int8x16_t hi = vreinterpretq_s8_u8(vld1q_u8(task.record + kHi));
  int8x16_t y[kPixels];
  for (int px = 0; px < kPixels; ++px) {
    int32x4_t r[4];
    for (int i = 0; i < 4; ++i) {
      int32x4_t v = acc[px][i];
      if constexpr (kFraction) v = add_bias(v, task.shift, vld1q_s32(bias + 4 * i));
      r[i] = scale_and_round(v, vld1q_f32(multiplier + 4 * i));
    }
    y[px] = narrow_and_clamp(r[0], r[1], r[2], r[3], task.zero_point, lo, hi);
  }
  for (int px = 0; px < kPixels; ++px) {
    if (whole) {
      vst1q_s8(output + px * task.output_pixel, y[px]);
    } else {
      store_first(output + px * task.output_pixel, y[px], task.channels);
    }
  }
}

/// `x`: the tile's first input pixel in each padded row.
template <int kKernel, int kStride, int kChain, int kPixels, bool kFraction>
static inline void compute_tile(const RowTask& task, const int8x16_t* weights, const std::int8_t* const* x,
                                bool whole, std::int8_t* output) {
  constexpr int kTaps = kKernel * kKernel;
  int32x4_t acc[kPixels][4];
  for (int px = 0; px < kPixels; ++px) {
    for (int i = 0; i < 4; ++i) {
      const auto* bias = reinterpret_cast<const std::int32_t*>(task.record + kBias) + 4 * i;
      acc[px][i] = kFraction ? vdupq_n_s32(0) : vld1q_s32(bias);
    }
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
static inline void compute_row(const RowTask& task, std::int32_t out_w) {
  constexpr int kPixels = 2;
  int8x16_t weights[kKernel * kKernel];
  for (int t = 0; t < kKernel * kKernel; ++t) {
    weights[t] = vreinterpretq_s8_u8(vld1q_u8(task.record + kWeights + t * kBlock));
  }
  const std::int8_t* x[kKernel];
  for (int ky = 0; ky < kKernel; ++ky) x[ky] = task.rows[ky];
  std::int8_t* output = task.output;
  std::int32_t left = out_w;
  for (; left >= kPixels; left -= kPixels) {
    compute_tile<kKernel, kStride, kChain, kPixels, kFraction>(task, weights, x, kWhole, output);
    for (int ky = 0; ky < kKernel; ++ky) x[ky] += kPixels * kStride * kChunk;
    output += kPixels * task.output_pixel;
  }
  if (left > 0) compute_tile<kKernel, kStride, kChain, 1, kFraction>(task, weights, x, kWhole, output);
}

/// The last block of a tensor whose channels are not whole blocks; kept apart from the loop over whole ones.
template <int kKernel, int kStride, int kChain, bool kFraction>
[[gnu::noinline]] static void compute_partial_row(const RowTask& task, std::int32_t out_w) {
  compute_row<kKernel, kStride, kChain, kFraction, false>(task, out_w);
}

template <int kKernel, int kStride, int kChain, bool kFraction>
static void compute_items(const LinearCall& call) {
  const LinearProblem& p = *call.problem;
  const std::int32_t out_w = p.out_w;
  const std::size_t record_bytes = record_size(p);
  const std::int64_t rows_of_chunk = std::int64_t{p.batch} * p.out_h;
  RowWindow window(call);
  RowTask task;
  task.output_pixel = p.out_c;
  task.shift = vdupq_n_s32(p.fraction_bits);
  task.zero_point = vdupq_n_s16(static_cast<std::int16_t>(p.zero_point));
  for (std::int64_t item = call.begin; item < call.end; ++item) {
    const std::int64_t row = item % rows_of_chunk;
    window.move_to(item / rows_of_chunk, static_cast<std::int32_t>(row / p.out_h),
                   static_cast<std::int32_t>(row % p.out_h));
    const std::size_t channel = window.first_channel();
    task.record = static_cast<const std::uint8_t*>(call.packed) + channel / kBlock * record_bytes;
    task.output = static_cast<std::int8_t*>(call.output) + row * out_w * task.output_pixel + channel;
    const std::int8_t* rows[kKernel];
    for (std::int32_t ky = 0; ky < kKernel; ++ky) rows[ky] = window.row(ky);
    task.rows = rows;
    std::int32_t left = window.channels();
    for (; left >= kBlock; left -= kBlock) {
      compute_row<kKernel, kStride, kChain, kFraction, true>(task, out_w);
      for (std::int32_t ky = 0; ky < kKernel; ++ky) rows[ky] += kBlock;
      task.record += record_bytes;
      task.output += kBlock;
    }
    task.channels = static_cast<std::size_t>(left);
    if (left > 0) compute_partial_row<kKernel, kStride, kChain, kFraction>(task, out_w);
  }
}

/// Square kernels of one size at stride 1 and 2.
template <int kKernel, int kChain>
struct DirectNeon {
  static bool supports(const LinearProblem& p) {
    return p.kernel_h == kKernel && p.kernel_w == kKernel && p.stride_h == p.stride_w && p.stride_h <= 2 &&
           p.dilation_h == 1 && p.dilation_w == 1 && p.output == OutputType::s8 && weights_fit(p) &&
           products_in_int16(p) >= kChain && ring_fits(p);
  }
  static std::size_t packed_size(const LinearProblem& p) { return depthwise::packed_size(p); }
  static void pack(const LinearProblem& p, const LinearConstants& constants, std::int16_t* staging,
                   void* packed) {
    depthwise::pack(p, constants, staging, packed);
  }
  static std::size_t scratch_size(const LinearProblem& p) { return static_cast<std::size_t>(ring_bytes(p)); }
  static std::int64_t work_items(const LinearProblem& p) { return depthwise::work_items(p); }

  static void run(const LinearCall& call) {
    const LinearProblem& p = *call.problem;
    if (p.stride_h == 1) {
      p.fraction_bits == 0 ? compute_items<kKernel, 1, kChain, false>(call)
                           : compute_items<kKernel, 1, kChain, true>(call);
    } else {
      p.fraction_bits == 0 ? compute_items<kKernel, 2, kChain, false>(call)
                           : compute_items<kKernel, 2, kChain, true>(call);
    }
  }
};

}  // namespace
}  // namespace bulwark::kernels::depthwise
