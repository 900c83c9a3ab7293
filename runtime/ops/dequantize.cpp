// SPDX-License-Identifier: Apache-2.0
#include "runtime/ops/elementwise.h"

namespace bulwark::runtime {
namespace {

void run_dequantize(const StepCall& call) {
  const auto& prepared = call.parameters<Prepared<kernels::DequantizeCall>>();
  kernels::DequantizeCall dequantize = prepared.call;
  const ElementRange range = elements_of(call, dequantize.count);
  dequantize.input = element(call.input<void>(0), range.begin);
  dequantize.output = call.output<float>() + range.begin;
  dequantize.count = range.count;
  prepared.kernel->run(dequantize);
}

}  // namespace

bool prepare_dequantize(Preparation& preparation, Step& step) {
  const schema::TensorView input = preparation.input();
  kernels::DequantizeCall call = {};
  call.count = input.elements();
  call.input_unsigned = is_unsigned(input);
  call.zero_point = input.zero_point;
  call.scale = input.scale;
  split_elements(step, call.count);
  step.run = run_dequantize;
  return prepare_kernel(preparation, kernels::dequantize_kernels(), call, step);
}

}  // namespace bulwark::runtime
