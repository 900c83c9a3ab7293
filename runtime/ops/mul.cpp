// SPDX-License-Identifier: Apache-2.0
#include "runtime/ops/broadcast.h"
#include "runtime/ops/wide.h"

#include <utility>

namespace bulwark::runtime {

bool prepare_mul(Preparation& preparation, Step& step) {
  if (preparation.is_wide()) return prepare_mul_wide(preparation, step);
  if (preparation.is_float()) return prepare_float_binary(preparation, step);
  const schema::TensorView a = preparation.input(0), b = preparation.input(1), output = preparation.output();
  const Broadcast broadcast = make_broadcast(a, b, output);
  kernels::MulCall call = {};
  call.zero_point_a = a.zero_point;
  call.zero_point_b = b.zero_point;
  if (broadcast.a_repeats) std::swap(call.zero_point_a, call.zero_point_b);
  call.multiplier = preparation.op.multiplier;
  call.zero_point = output.zero_point;
  call.lo = output.lo;
  call.hi = output.hi;
  return prepare_broadcast(preparation, kernels::mul_kernels(), call, broadcast, step);
}

}  // namespace bulwark::runtime
