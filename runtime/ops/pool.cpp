// SPDX-License-Identifier: Apache-2.0
#include "runtime/ops/pool.h"

namespace bulwark::runtime {
namespace {

kernels::PoolProblem pool_problem(const Preparation& preparation) {
  const schema::PoolView& pool = preparation.op.pool;
  const auto input = preparation.input().shape;
  const auto output = preparation.output().shape;
  kernels::PoolProblem problem = {};
  problem.batch = input[0];
  problem.in_h = input[1];
  problem.in_w = input[2];
  problem.channels = input[3];
  problem.out_h = output[1];
  problem.out_w = output[2];
  problem.kernel_h = pool.kernel_h;
  problem.kernel_w = pool.kernel_w;
  problem.stride_h = pool.stride_h;
  problem.stride_w = pool.stride_w;
  problem.dilation_h = pool.dilation_h;
  problem.dilation_w = pool.dilation_w;
  problem.pad_top = pool.pad_top;
  problem.pad_left = pool.pad_left;
  problem.count_include_pad = pool.count_include_pad;
  return problem;
}

}  // namespace

PoolParameters* prepare_pool(Preparation& preparation, kernels::Registry<kernels::PoolCall> registry,
                             Step& step) {
  auto* parameters = preparation.bump.make<PoolParameters>();
  if (parameters == nullptr) return nullptr;
  const schema::TensorView output = preparation.output();
  parameters->problem = pool_problem(preparation);
  const kernels::PoolProblem& problem = parameters->problem;
  step.parameters = parameters;
  step.items = std::int64_t{problem.batch} * problem.out_h;
  step.work = output.elements() * problem.kernel_h * problem.kernel_w;
  if (preparation.is_float()) {
    parameters->float_lo = preparation.op.float_lo;
    parameters->float_hi = preparation.op.float_hi;
    return parameters;
  }
  kernels::PoolCall& call = parameters->call;
  call.problem = &parameters->problem;
  call.zero_point_in = preparation.input().zero_point + preparation.op.pool.origin_shift;
  call.multiplier = preparation.op.pool.multiplier;
  call.zero_point = output.zero_point + preparation.op.pool.origin_shift;
  call.lo = output.lo;
  call.hi = output.hi;
  call.end = step.items;
  parameters->kernel = &kernels::select_kernel(registry, call, preparation.path);
  step.kernel = parameters->kernel->name;
  return parameters;
}

void run_integer_pool(const StepCall& call) {
  const auto& parameters = call.parameters<PoolParameters>();
  kernels::PoolCall pool = parameters.call;
  pool.input = call.input<std::int8_t>(0);
  pool.output = call.output<std::int8_t>();
  pool.begin = call.begin;
  pool.end = call.end;
  parameters.kernel->run(pool);
}

}  // namespace bulwark::runtime
