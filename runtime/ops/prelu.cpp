// SPDX-License-Identifier: Apache-2.0
#include "runtime/ops/broadcast.h"

namespace bulwark::runtime {

/// The first input has the output's shape, so that only the slope is ever repeated.
bool prepare_prelu(Preparation& preparation, Step& step) {
  if (preparation.is_float()) return prepare_float_binary(preparation, step);
  const schema::TensorView x = preparation.input(0), slope = preparation.input(1);
  const schema::TensorView output = preparation.output();
  kernels::PreluCall call = {};
  call.zero_point_a = x.zero_point;
  call.zero_point_b = slope.zero_point;
  call.multiplier = preparation.op.prelu.multiplier;
  call.slope_multiplier = preparation.op.prelu.slope_multiplier;
  call.zero_point = output.zero_point;
  call.lo = output.lo;
  call.hi = output.hi;
  return prepare_broadcast(preparation, kernels::prelu_kernels(), call, make_broadcast(x, slope, output),
                           step);
}

}  // namespace bulwark::runtime
