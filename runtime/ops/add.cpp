// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/float_ops.h"
#include "runtime/ops/elementwise.h"

namespace bulwark::runtime {
namespace {

struct FloatAddParameters {
  std::int64_t count;
  float lo, hi;
};

void run_float_add(const StepCall& call) {
  const auto& parameters = call.parameters<FloatAddParameters>();
  const ElementRange range = elements_of(call, parameters.count);
  kernels::float_add(call.input<float>(0) + range.begin, call.input<float>(1) + range.begin,
                     call.output<float>() + range.begin, range.count, parameters.lo, parameters.hi);
}

void run_add(const StepCall& call) {
  const auto& prepared = call.parameters<Prepared<kernels::AddCall>>();
  kernels::AddCall add = prepared.call;
  const ElementRange range = elements_of(call, add.count);
  add.a = call.input<std::int8_t>(0) + range.begin;
  add.b = call.input<std::int8_t>(1) + range.begin;
  add.output = call.output<std::int8_t>() + range.begin;
  add.count = range.count;
  prepared.kernel->run(add);
}

bool prepare_float_add(Preparation& preparation, Step& step) {
  auto* parameters = preparation.bump.make<FloatAddParameters>();
  if (parameters == nullptr) return false;
  *parameters = {preparation.output().elements(), preparation.op.float_lo, preparation.op.float_hi};
  step.run = run_float_add;
  step.parameters = parameters;
  step.kernel = "float_add";
  return true;
}

}  // namespace

bool prepare_add(Preparation& preparation, Step& step) {
  const schema::TensorView output = preparation.output();
  split_elements(step, output.elements());
  if (preparation.is_float()) return prepare_float_add(preparation, step);
  const schema::AddView& add = preparation.op.add;
  kernels::AddCall call = {};
  call.count = output.elements();
  call.multiplier_a = add.multiplier_a;
  call.multiplier_b = add.multiplier_b;
  call.bias = add.bias;
  call.multiplier = add.multiplier;
  call.zero_point = output.zero_point;
  call.lo = output.lo;
  call.hi = output.hi;
  step.run = run_add;
  return prepare_kernel(preparation, kernels::add_kernels(), call, step);
}

}  // namespace bulwark::runtime
