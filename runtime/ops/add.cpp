// SPDX-License-Identifier: Apache-2.0
#include "runtime/ops/broadcast.h"
#include "runtime/ops/wide.h"

#include <utility>

namespace bulwark::runtime {

bool prepare_add(Preparation& preparation, Step& step) {
  if (preparation.is_wide()) return prepare_add_wide(preparation, step);
  if (preparation.is_float()) return prepare_float_binary(preparation, step);
  const schema::TensorView output = preparation.output();
  const Broadcast broadcast = make_broadcast(preparation.input(0), preparation.input(1), output);
  const schema::AddView& add = preparation.op.add;
  kernels::AddCall call = {};
  call.multiplier_a = add.multiplier_a;
  call.multiplier_b = add.multiplier_b;
  if (broadcast.a_repeats) std::swap(call.multiplier_a, call.multiplier_b);
  call.bias = add.bias;
  call.multiplier = add.multiplier;
  call.zero_point = output.zero_point;
  call.lo = output.lo;
  call.hi = output.hi;
  return prepare_broadcast(preparation, kernels::add_kernels(), call, broadcast, step);
}

}  // namespace bulwark::runtime
