// SPDX-License-Identifier: Apache-2.0
#include "runtime/ops/linear.h"

namespace bulwark::runtime {

bool prepare_conv_2d(Preparation& preparation, Step& step) {
  const schema::LinearView& linear = preparation.op.linear;
  const auto input = preparation.input().shape;
  const auto output = preparation.output().shape;
  kernels::LinearProblem problem;
  problem.batch = input[0];
  problem.in_h = input[1];
  problem.in_w = input[2];
  problem.in_c = input[3];
  problem.out_h = output[1];
  problem.out_w = output[2];
  problem.out_c = output[3];
  problem.kernel_h = linear.kernel_h;
  problem.kernel_w = linear.kernel_w;
  problem.stride_h = linear.stride_h;
  problem.stride_w = linear.stride_w;
  problem.dilation_h = linear.dilation_h;
  problem.dilation_w = linear.dilation_w;
  problem.pad_top = linear.pad_top;
  problem.pad_left = linear.pad_left;
  problem.groups = linear.groups;
  const bool depthwise = problem.groups == problem.in_c && problem.in_c > 1;
  return prepare_linear(preparation, problem,
                        depthwise ? kernels::depthwise_kernels() : kernels::conv_kernels(), step);
}

}  // namespace bulwark::runtime
