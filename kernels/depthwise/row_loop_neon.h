// SPDX-License-Identifier: Apache-2.0
// The loop over rows and blocks of channels that the depthwise kernels for AArch64 share, and their output
// stage.
#pragma once

#include "kernels/common/requantize_neon.h"
#include "kernels/depthwise/row_window.h"

namespace bulwark::kernels::depthwise {
namespace {

/// One output row of one block of channels.
struct RowTask {
  const LinearProblem* problem;
  const std::int8_t*
      rows[kMaxKernelRows];  ///< padded input row under each kernel row, at the block's channels
  const std::uint8_t* record;
  std::int8_t* output;  ///< the block's first channel of the row's first pixel
  std::ptrdiff_t output_pixel;
  std::size_t channels;  ///< of a partial block, 1..15
  int32x4_t shift;       ///< fraction bits
  int16x8_t zero_point;
};

/// What the accumulators of a block start from: the bias, or 0 where it has fraction bits and is added at the
/// end.
template <bool kFraction>
static inline int32x4_t first_sum(const RowTask& task, int quarter) {
  if constexpr (kFraction) return vdupq_n_s32(0);
  return vld1q_s32(reinterpret_cast<const std::int32_t*>(task.record + kBias) + 4 * quarter);
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

/// `Row` makes one row of a block:
///   template <bool kFraction, bool kWhole> static void compute(const RowTask&);
/// kFraction: fraction_bits > 0; kWhole: all 16 channels exist.
template <typename Row>
struct KernelNeon {
  static std::size_t scratch_size(const LinearProblem& p) {
    return static_cast<std::size_t>(RowWindow::bytes(p));
  }
  static std::int64_t work_items(const LinearProblem& p) { return depthwise::work_items(p); }

  static void run(const LinearCall& call) {
    call.problem->fraction_bits == 0 ? run_items<false>(call) : run_items<true>(call);
  }

 private:
  /// Kept apart from the loop over whole blocks.
  template <bool kFraction>
  [[gnu::noinline]] static void compute_partial(const RowTask& task) {
    Row::template compute<kFraction, false>(task);
  }

  template <bool kFraction>
  static void run_items(const LinearCall& call) {
    const LinearProblem& p = *call.problem;
    const std::size_t record_bytes = record_size<TapMajor>(p);
    const std::int64_t rows_of_chunk = std::int64_t{p.batch} * p.out_h;
    RowWindow window(call);
    RowTask task;
    task.problem = call.problem;
    task.output_pixel = p.out_c;
    task.shift = vdupq_n_s32(p.fraction_bits);
    task.zero_point = vdupq_n_s16(static_cast<std::int16_t>(p.zero_point));
    for (std::int64_t item = call.begin; item < call.end; ++item) {
      const std::int64_t row = item % rows_of_chunk;
      window.move_to(item / rows_of_chunk, static_cast<std::int32_t>(row / p.out_h),
                     static_cast<std::int32_t>(row % p.out_h));
      const std::size_t channel = window.first_channel();
      task.record = static_cast<const std::uint8_t*>(call.packed) + channel / kBlock * record_bytes;
      task.output = static_cast<std::int8_t*>(call.output) + row * p.out_w * task.output_pixel + channel;
      for (std::int32_t ky = 0; ky < p.kernel_h; ++ky) task.rows[ky] = window.row(ky);
      std::int32_t left = window.channels();
      for (; left >= kBlock; left -= kBlock) {
        Row::template compute<kFraction, true>(task);
        for (std::int32_t ky = 0; ky < p.kernel_h; ++ky) task.rows[ky] += kBlock;
        task.record += record_bytes;
        task.output += kBlock;
      }
      task.channels = static_cast<std::size_t>(left);
      if (left > 0) compute_partial<kFraction>(task);
    }
  }
};

}  // namespace
}  // namespace bulwark::kernels::depthwise
