// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/float_ops.h"
#include "runtime/ops/elementwise.h"

namespace bulwark::runtime {
namespace {

static_assert(static_cast<int>(schema::Function::cos) == static_cast<int>(kernels::FloatFunction::cos));

constexpr std::int64_t kWorkPerElement = 8;

void run_function(const StepCall& call) {
  kernels::FloatFunctionCall function = call.parameters<kernels::FloatFunctionCall>();
  const ElementRange range = elements_of(call, function.count);
  function.input = call.input<float>(0) + range.begin;
  function.output = call.output<float>() + range.begin;
  function.count = range.count;
  kernels::float_function(function);
}

}  // namespace

bool prepare_function(Preparation& preparation, Step& step) {
  auto* parameters = preparation.bump.make<kernels::FloatFunctionCall>();
  if (parameters == nullptr) return false;
  const schema::FunctionView& function = preparation.op.function;
  *parameters = {};
  parameters->function = static_cast<kernels::FloatFunction>(function.function);
  parameters->alpha = function.alpha;
  parameters->beta = function.beta;
  parameters->count = preparation.output().elements();
  split_elements(step, parameters->count);
  step.work *= kWorkPerElement;
  step.run = run_function;
  step.parameters = parameters;
  step.kernel = "float_function";
  return true;
}

}  // namespace bulwark::runtime
