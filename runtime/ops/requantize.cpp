// SPDX-License-Identifier: Apache-2.0
#include "runtime/ops/elementwise.h"

namespace bulwark::runtime {
namespace {

void run_requantize(const StepCall& call) {
  const auto& prepared = call.parameters<Prepared<kernels::RequantizeCall>>();
  kernels::RequantizeCall requantize = prepared.call;
  const ElementRange range = elements_of(call, requantize.count);
  requantize.input = element(call.input<void>(0), range.begin);
  requantize.output = element(call.output<void>(), range.begin);
  requantize.count = range.count;
  prepared.kernel->run(requantize);
}

}  // namespace

bool prepare_requantize(Preparation& preparation, Step& step) {
  const schema::TensorView input = preparation.input();
  const schema::TensorView output = preparation.output();
  kernels::RequantizeCall call = {};
  call.count = output.elements();
  call.input_unsigned = is_unsigned(input);
  call.output_unsigned = is_unsigned(output);
  call.zero_point_in = input.zero_point;
  call.multiplier = preparation.op.multiplier;
  call.zero_point = output.zero_point;
  call.lo = output.lo;
  call.hi = output.hi;
  split_elements(step, call.count);
  step.run = run_requantize;
  return prepare_kernel(preparation, kernels::requantize_kernels(), call, step);
}

}  // namespace bulwark::runtime
