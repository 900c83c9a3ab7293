// SPDX-License-Identifier: Apache-2.0
// maximum and minimum of two tensors.
#include "runtime/ops/broadcast.h"

namespace bulwark::runtime {

bool prepare_extreme(Preparation& preparation, Step& step) {
  if (preparation.is_float()) return prepare_float_binary(preparation, step);
  const schema::TensorView output = preparation.output();
  kernels::ExtremeCall call = {};
  call.maximum = preparation.op.kind == schema::OperatorKind::maximum;
  call.lo = output.lo;
  call.hi = output.hi;
  return prepare_broadcast(preparation, kernels::extreme_kernels(), call,
                           make_broadcast(preparation.input(0), preparation.input(1), output), step);
}

}  // namespace bulwark::runtime
