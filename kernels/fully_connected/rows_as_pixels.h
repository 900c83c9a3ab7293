// SPDX-License-Identifier: Apache-2.0
// A fully connected operator of several rows is a 1x1 convolution over a line of as many pixels, whose tiles
// use a register of weights for several of them.
#pragma once

#include "kernels/common/linear.h"

namespace bulwark::kernels::fully_connected {

static inline LinearProblem line_of(const LinearProblem& p) {
  LinearProblem line = p;
  line.batch = 1;
  line.in_w = line.out_w = p.batch;
  return line;
}

/// Conv is a kernel of conv_kernels.inc.
template <typename Conv>
struct RowsAsPixels {
  static std::size_t scratch_size(const LinearProblem& p) { return Conv::scratch_size(line_of(p)); }
  static std::int64_t work_items(const LinearProblem& p) { return Conv::work_items(line_of(p)); }
  static void run(const LinearCall& call) {
    const LinearProblem line = line_of(*call.problem);
    LinearCall of_line = call;
    of_line.problem = &line;
    Conv::run(of_line);
  }
};

}  // namespace bulwark::kernels::fully_connected
