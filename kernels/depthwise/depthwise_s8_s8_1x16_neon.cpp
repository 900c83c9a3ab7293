// SPDX-License-Identifier: Apache-2.0
// Any kernel size up to 16 rows, stride and dilation, and any 8-bit operands: one output pixel at a time,
// each product widened by itself.
#include "kernels/common/multiply_neon.h"
#include "kernels/depthwise/depthwise_kernels.h"
#include "kernels/depthwise/row_loop_neon.h"

namespace bulwark::kernels {
namespace {

struct AnyRow {
  template <bool kFraction, bool kWhole>
  static void compute(const depthwise::RowTask& task) {
    const LinearProblem& p = *task.problem;
    const std::ptrdiff_t tap_step = std::ptrdiff_t{p.dilation_w} * depthwise::kChunk;
    for (std::int32_t px = 0; px < p.out_w; ++px) {
      int32x4_t acc[1][4];
      for (int i = 0; i < 4; ++i) acc[0][i] = depthwise::first_sum<kFraction>(task, i);
      const std::uint8_t* weights = task.record + depthwise::kWeights;
      for (std::int32_t ky = 0; ky < p.kernel_h; ++ky) {
        const std::int8_t* x = task.rows[ky] + std::ptrdiff_t{px} * p.stride_w * depthwise::kChunk;
        for (std::int32_t kx = 0; kx < p.kernel_w; ++kx, x += tap_step, weights += depthwise::kBlock) {
          const int8x16_t xv = vld1q_s8(x), w = vreinterpretq_s8_u8(vld1q_u8(weights));
          const int16x8_t low = multiply_low(xv, w), high = vmull_high_s8(xv, w);
          acc[0][0] = vaddw_s16(acc[0][0], vget_low_s16(low));
          acc[0][1] = vaddw_high_s16(acc[0][1], low);
          acc[0][2] = vaddw_s16(acc[0][2], vget_low_s16(high));
          acc[0][3] = vaddw_high_s16(acc[0][3], high);
        }
      }
      depthwise::store_tile<1, kFraction>(task, acc, kWhole, task.output + px * task.output_pixel);
    }
  }
};

}  // namespace

BW_DEFINE_LINEAR_RUN(depthwise_s8_s8_1x16_neon, depthwise::KernelNeon<AnyRow>)

}  // namespace bulwark::kernels
