// SPDX-License-Identifier: Apache-2.0
#include "runtime/ops/linear.h"

namespace bulwark::runtime {

bool prepare_fully_connected(Preparation& preparation, Step& step) {
  const auto input = preparation.input().shape;
  kernels::LinearProblem problem;
  problem.batch = input[0];
  problem.in_c = input[1];
  problem.out_c = preparation.output().shape[1];
  return prepare_linear(preparation, problem, kernels::fully_connected_kernels(), step);
}

}  // namespace bulwark::runtime
