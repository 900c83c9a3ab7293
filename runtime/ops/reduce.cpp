// SPDX-License-Identifier: Apache-2.0
// reduce_sum, reduce_max, reduce_min.
#include <algorithm>

#include "kernels/common/float_ops.h"
#include "runtime/ops/elementwise.h"

namespace bulwark::runtime {
namespace {

struct ReduceParameters {
  kernels::ReduceProblem problem;
  kernels::ReduceCall call;
  const kernels::Kernel<kernels::ReduceCall>* kernel;
  kernels::FloatReduceCall float_call;
};

/// Axes of the input in its own order, neighbours of one kind as one.
kernels::ReduceProblem problem_of(schema::View<std::int32_t> shape, schema::View<std::int32_t> axes) {
  kernels::ReduceProblem problem = {};
  std::int64_t step = 1;
  for (const std::int32_t extent : shape) step *= extent;
  bool last_reduced = false, any = false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    step /= shape[i];
    if (shape[i] == 1) continue;
    const bool reduced = std::find(axes.begin(), axes.end(), static_cast<std::int32_t>(i)) != axes.end();
    std::int32_t& rank = reduced ? problem.reduced_rank : problem.kept_rank;
    std::int64_t* extents = reduced ? problem.reduced_extent : problem.kept_extent;
    std::int64_t* steps = reduced ? problem.reduced_step : problem.kept_step;
    const bool joins = any && reduced == last_reduced;
    if (!joins) ++rank;
    extents[rank - 1] = (joins ? extents[rank - 1] : 1) * shape[i];
    steps[rank - 1] = step;
    last_reduced = reduced;
    any = true;
  }
  return problem;
}

kernels::Reduction reduction_of(schema::OperatorKind kind) {
  if (kind == schema::OperatorKind::reduce_sum) return kernels::Reduction::sum;
  return kind == schema::OperatorKind::reduce_max ? kernels::Reduction::maximum : kernels::Reduction::minimum;
}

void run_reduce(const StepCall& call) {
  const auto& parameters = call.parameters<ReduceParameters>();
  kernels::ReduceCall reduce = parameters.call;
  reduce.input = call.input<std::int8_t>(0);
  reduce.output = call.output<std::int8_t>();
  reduce.begin = call.begin;
  reduce.end = call.end;
  parameters.kernel->run(reduce);
}

void run_float_reduce(const StepCall& call) {
  const auto& parameters = call.parameters<ReduceParameters>();
  kernels::FloatReduceCall reduce = parameters.float_call;
  reduce.input = call.input<float>(0);
  reduce.output = call.output<float>();
  reduce.begin = call.begin;
  reduce.end = call.end;
  kernels::float_reduce(reduce);
}

void prepare_float(const Preparation& preparation, ReduceParameters& parameters, Step& step) {
  parameters.float_call = {};
  parameters.float_call.problem = &parameters.problem;
  parameters.float_call.reduction = reduction_of(preparation.op.kind);
  parameters.float_call.multiplier = preparation.op.multiplier;
  parameters.float_call.lo = preparation.op.float_lo;
  parameters.float_call.hi = preparation.op.float_hi;
  step.run = run_float_reduce;
  step.kernel = "float_reduce";
}

}  // namespace

bool prepare_reduce(Preparation& preparation, Step& step) {
  auto* parameters = preparation.bump.make<ReduceParameters>();
  if (parameters == nullptr) return false;
  const schema::TensorView input = preparation.input(), output = preparation.output();
  parameters->problem = problem_of(input.shape, preparation.op.axes);
  step.items = output.elements();
  step.work = input.elements();
  step.parameters = parameters;
  if (preparation.is_float()) {
    prepare_float(preparation, *parameters, step);
    return true;
  }
  kernels::ReduceCall& call = parameters->call;
  call = {};
  call.problem = &parameters->problem;
  call.reduction = reduction_of(preparation.op.kind);
  call.zero_point_in = input.zero_point;
  call.multiplier = preparation.op.multiplier;
  call.zero_point = output.zero_point;
  call.lo = output.lo;
  call.hi = output.hi;
  call.end = step.items;
  parameters->kernel = &kernels::select_kernel(kernels::reduce_kernels(), call, preparation.path);
  step.run = run_reduce;
  step.kernel = parameters->kernel->name;
  return true;
}

}  // namespace bulwark::runtime
