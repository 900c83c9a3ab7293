// SPDX-License-Identifier: Apache-2.0
// A fully connected operator of several rows is a 1x1 convolution over a line of as many pixels, whose tiles
// use a register of weights for several of them.
#pragma once

#include "kernels/conv/conv_kernels.h"

namespace bulwark::kernels::fully_connected {

/// Conv is a kernel of conv_kernels.inc, quicker than those of one or two rows from kLeastRows on.
template <typename Conv, std::int32_t kLeastRows>
struct RowsAsPixels {
  static bool supports(const LinearProblem& p) {
    return p.batch >= kLeastRows && p.depth() == p.in_c && p.out_pixels() == p.batch &&
           Conv::supports(line_of(p));
  }
  static std::size_t packed_size(const LinearProblem& p) { return Conv::packed_size(line_of(p)); }
  static void pack(const LinearProblem& p, const LinearConstants& constants, std::int16_t* staging,
                   void* packed) {
    Conv::pack(line_of(p), constants, staging, packed);
  }
  static std::size_t scratch_size(const LinearProblem& p) { return Conv::scratch_size(line_of(p)); }
  static std::int64_t work_items(const LinearProblem& p) { return Conv::work_items(line_of(p)); }
  static void run(const LinearCall& call) {
    const LinearProblem line = line_of(*call.problem);
    LinearCall of_line = call;
    of_line.problem = &line;
    Conv::run(of_line);
  }

 private:
  static LinearProblem line_of(const LinearProblem& p) {
    LinearProblem line = p;
    line.batch = 1;
    line.in_w = line.out_w = p.batch;
    return line;
  }
};

}  // namespace bulwark::kernels::fully_connected
