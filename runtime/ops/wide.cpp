// SPDX-License-Identifier: Apache-2.0
// Operators on 16-bit elements: quantize, add, mul, lookup, time_filter.
#include "runtime/ops/wide.h"
#include "runtime/ops/elementwise.h"

namespace bulwark::runtime {
namespace {

using kernels::AddWideCall;
using kernels::LookupWideCall;
using kernels::MulWideCall;
using kernels::QuantizeWideCall;
using kernels::TimeFilterCall;

void run_quantize(const StepCall& call) {
  const auto& prepared = call.parameters<Prepared<QuantizeWideCall>>();
  QuantizeWideCall quantize = prepared.call;
  const ElementRange range = elements_of(call, quantize.count);
  quantize.input = call.input<float>(0) + range.begin;
  quantize.output = call.output<std::int16_t>() + range.begin;
  quantize.count = range.count;
  prepared.kernel->run(quantize);
}

void run_add(const StepCall& call) {
  const auto& prepared = call.parameters<Prepared<AddWideCall>>();
  AddWideCall add = prepared.call;
  const ElementRange range = elements_of(call, add.count);
  add.a = call.input<std::int16_t>(0) + range.begin;
  add.b = call.input<std::int16_t>(1) + range.begin;
  add.output = call.output<std::int16_t>() + range.begin;
  add.count = range.count;
  prepared.kernel->run(add);
}

void run_mul(const StepCall& call) {
  const auto& prepared = call.parameters<Prepared<MulWideCall>>();
  MulWideCall mul = prepared.call;
  const ElementRange range = elements_of(call, mul.count);
  mul.a = call.input<std::int16_t>(0) + range.begin;
  mul.b = call.input<std::int16_t>(1) + range.begin;
  mul.output = element(call.output<void>(), range.begin, mul.output_s8 ? 1 : 2);
  mul.count = range.count;
  prepared.kernel->run(mul);
}

void run_lookup(const StepCall& call) {
  const auto& prepared = call.parameters<Prepared<LookupWideCall>>();
  LookupWideCall lookup = prepared.call;
  const ElementRange range = elements_of(call, lookup.count);
  lookup.input = call.input<std::int16_t>(0) + range.begin;
  lookup.output = call.output<std::int16_t>() + range.begin;
  lookup.count = range.count;
  prepared.kernel->run(lookup);
}

/// One work item per picture of the batch.
void run_time_filter(const StepCall& call) {
  const auto& prepared = call.parameters<Prepared<TimeFilterCall>>();
  TimeFilterCall filter = prepared.call;
  const std::int64_t elements = filter.time * filter.units * filter.rank;
  for (std::int64_t n = call.begin; n < call.end; ++n) {
    filter.input = call.input<std::int16_t>(0) + n * elements;
    filter.output = call.output<std::int8_t>() + n * filter.units;
    prepared.kernel->run(filter);
  }
}

}  // namespace

bool prepare_quantize_wide(Preparation& preparation, Step& step) {
  const schema::TensorView output = preparation.output();
  QuantizeWideCall call = {};
  call.count = output.elements();
  call.scale = output.scale;
  call.lo = output.lo;
  call.hi = output.hi;
  split_elements(step, call.count);
  step.run = run_quantize;
  return prepare_kernel(preparation, kernels::quantize_wide_kernels(), call, step);
}

bool prepare_add_wide(Preparation& preparation, Step& step) {
  const schema::TensorView output = preparation.output();
  AddWideCall call = {};
  call.count = output.elements();
  call.lo = output.lo;
  call.hi = output.hi;
  split_elements(step, call.count);
  step.run = run_add;
  return prepare_kernel(preparation, kernels::add_wide_kernels(), call, step);
}

bool prepare_mul_wide(Preparation& preparation, Step& step) {
  const schema::TensorView output = preparation.output();
  MulWideCall call = {};
  call.count = output.elements();
  call.output_s8 = output.type == schema::ElementType::s8;
  call.multiplier = preparation.op.multiplier;
  call.zero_point = output.zero_point;
  call.lo = output.lo;
  call.hi = output.hi;
  split_elements(step, call.count);
  step.run = run_mul;
  return prepare_kernel(preparation, kernels::mul_wide_kernels(), call, step);
}

bool prepare_lookup_wide(Preparation& preparation, Step& step) {
  LookupWideCall call = {};
  call.count = preparation.output().elements();
  call.entries = preparation.op.wide_lookup.entries.data();
  split_elements(step, call.count);
  step.run = run_lookup;
  return prepare_kernel(preparation, kernels::lookup_wide_kernels(), call, step);
}

bool prepare_time_filter(Preparation& preparation, Step& step) {
  const schema::TensorView input = preparation.input(), output = preparation.output();
  const schema::TimeFilterView& filter = preparation.op.time_filter;
  TimeFilterCall call = {};
  call.weights = filter.weights.data();
  call.bias = filter.bias.empty() ? nullptr : filter.bias.data();
  call.time = input.shape[1];
  call.units = output.shape[1];
  call.rank = input.shape[2] / output.shape[1];
  call.multiplier = preparation.op.multiplier;
  call.zero_point = output.zero_point;
  call.lo = output.lo;
  call.hi = output.hi;
  step.items = input.shape[0];
  step.work = input.elements();
  step.run = run_time_filter;
  return prepare_kernel(preparation, kernels::time_filter_kernels(), call, step);
}

}  // namespace bulwark::runtime
