// SPDX-License-Identifier: Apache-2.0
#include "runtime/ops/elementwise.h"
#include "runtime/ops/wide.h"

namespace bulwark::runtime {
namespace {

void run_lookup(const StepCall& call) {
  const auto& prepared = call.parameters<Prepared<kernels::LookupCall>>();
  kernels::LookupCall lookup = prepared.call;
  const ElementRange range = elements_of(call, lookup.count);
  lookup.input = call.input<std::int8_t>(0) + range.begin;
  lookup.output = call.output<std::int8_t>() + range.begin;
  lookup.count = range.count;
  prepared.kernel->run(lookup);
}

}  // namespace

bool prepare_lookup(Preparation& preparation, Step& step) {
  if (preparation.is_wide()) return prepare_lookup_wide(preparation, step);
  kernels::LookupCall call = {};
  call.count = preparation.output().elements();
  call.entries = preparation.op.lookup.entries.data();
  split_elements(step, call.count);
  step.run = run_lookup;
  return prepare_kernel(preparation, kernels::lookup_kernels(), call, step);
}

}  // namespace bulwark::runtime
