// SPDX-License-Identifier: Apache-2.0
// Centre and radius of a convolution's input with the padding around them, so that every window is whole.
#pragma once

#include "kernels/common/linear.h"
#include "runtime/certificate/interval_plan.h"

namespace bulwark::runtime {

/// The image that all windows of a convolution cover, padding included.
struct Padded {
  explicit Padded(const kernels::LinearProblem& p)
      : height((p.out_h - 1) * std::int64_t{p.stride_h} + (p.kernel_h - 1) * std::int64_t{p.dilation_h} + 1),
        width((p.out_w - 1) * std::int64_t{p.stride_w} + (p.kernel_w - 1) * std::int64_t{p.dilation_w} + 1) {}
  std::int64_t height, width;
  std::int64_t bytes(const kernels::LinearProblem& p) const { return p.batch * height * width * p.in_c; }
};

bool is_padded(const kernels::LinearProblem& problem);
/// The problem on the padded image.
void remove_padding(kernels::LinearProblem& problem);

/// Appends the step that fills the buffers `centre` and `radius` with images of Padded's size, 16 bytes
/// readable behind them. False: memory is out.
bool append_padded_box(const IntervalPreparation& preparation, std::int32_t op,
                       const kernels::LinearProblem& problem, IntervalSteps& steps);

}  // namespace bulwark::runtime
