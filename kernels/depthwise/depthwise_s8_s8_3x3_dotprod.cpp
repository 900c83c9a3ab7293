// SPDX-License-Identifier: Apache-2.0
// 3x3 at stride 1 with sdot: the three rows of a column, interleaved to one 32-bit lane per channel, are the
// taps of one sdot. A column is interleaved once and used by three output pixels. Weights lie in the same
// order, the fourth byte of a lane being 0:
//
//   int8 weights[column 0..2][channel 0..15][row 0..3]
#include "kernels/depthwise/depthwise_kernels.h"
#include "kernels/depthwise/row_loop_neon.h"

namespace bulwark::kernels {
namespace {

struct ColumnMajor {
  static std::uint64_t weight_bytes(const LinearProblem&) { return 3 * 64; }
  static std::size_t place(std::size_t tap, std::size_t lane) { return tap % 3 * 64 + lane * 4 + tap / 3; }
};

struct Column {
  int8x16_t x[4];  ///< 4 channels each
};

inline Column load_column(const std::int8_t* r0, const std::int8_t* r1, const std::int8_t* r2) {
  const int8x16_t x0 = vld1q_s8(r0), x1 = vld1q_s8(r1), x2 = vld1q_s8(r2);
  const int8x16_t even_low = vzip1q_s8(x0, x2), even_high = vzip2q_s8(x0, x2);
  const int8x16_t odd_low = vzip1q_s8(x1, x1), odd_high = vzip2q_s8(x1, x1);
  return {vzip1q_s8(even_low, odd_low), vzip2q_s8(even_low, odd_low), vzip1q_s8(even_high, odd_high),
          vzip2q_s8(even_high, odd_high)};
}

struct DotRow {
  using Layout = ColumnMajor;

  static bool supports(const LinearProblem& p) {
    return p.kernel_h == 3 && p.kernel_w == 3 && p.stride_w == 1 && p.dilation_w == 1;
  }

  template <bool kFraction, bool kWhole>
  static inline void pixel(const depthwise::RowTask& task, const int8x16_t (&w)[12], const Column& left,
                           const Column& middle, const Column& right, std::int8_t* output) {
    int32x4_t acc[1][4];
    for (int i = 0; i < 4; ++i) {
      acc[0][i] = vdotq_s32(depthwise::first_sum<kFraction>(task, i), left.x[i], w[i]);
      acc[0][i] = vdotq_s32(acc[0][i], middle.x[i], w[4 + i]);
      acc[0][i] = vdotq_s32(acc[0][i], right.x[i], w[8 + i]);
    }
    depthwise::store_tile<1, kFraction>(task, acc, kWhole, output);
  }

  template <bool kFraction, bool kWhole>
  static inline void compute(const depthwise::RowTask& task) {
    int8x16_t w[12];
    for (int i = 0; i < 12; ++i)
      w[i] = vreinterpretq_s8_u8(vld1q_u8(task.record + depthwise::kWeights + 16 * i));
    const std::int8_t *r0 = task.rows[0], *r1 = task.rows[1], *r2 = task.rows[2];
    const auto next = [&] {
      const Column column = load_column(r0, r1, r2);
      r0 += depthwise::kChunk;
      r1 += depthwise::kChunk;
      r2 += depthwise::kChunk;
      return column;
    };
    std::int8_t* output = task.output;
    const std::ptrdiff_t step = task.output_pixel;
    Column a = next(), b = next(), c;
    std::int32_t left = task.problem->out_w;
    for (; left >= 3; left -= 3, output += 3 * step) {
      c = next();
      pixel<kFraction, kWhole>(task, w, a, b, c, output);
      a = next();
      pixel<kFraction, kWhole>(task, w, b, c, a, output + step);
      b = next();
      pixel<kFraction, kWhole>(task, w, c, a, b, output + 2 * step);
    }
    if (left == 0) return;
    c = next();
    pixel<kFraction, kWhole>(task, w, a, b, c, output);
    if (left == 2) pixel<kFraction, kWhole>(task, w, b, c, next(), output + step);
  }
};

}  // namespace

BW_DEFINE_LINEAR_KERNEL(depthwise_s8_s8_3x3_dotprod, depthwise::KernelNeon<DotRow>)

}  // namespace bulwark::kernels
