// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/float_ops.h"
#include "runtime/ops/elementwise.h"

namespace bulwark::runtime {
namespace {

struct ResizeParameters {
  kernels::ResizeProblem problem;
  const kernels::Kernel<kernels::ResizeCall>* kernel;
  const float* float_rows;
  const float* float_columns;
};

void run_resize(const StepCall& call) {
  const auto& parameters = call.parameters<ResizeParameters>();
  parameters.kernel->run(
      {&parameters.problem, call.input<std::int8_t>(0), call.output<std::int8_t>(), call.begin, call.end});
}

void run_float_resize(const StepCall& call) {
  const auto& parameters = call.parameters<ResizeParameters>();
  kernels::float_resize({&parameters.problem, parameters.float_rows, parameters.float_columns,
                         call.input<float>(0), call.output<float>(), call.begin, call.end});
}

kernels::ResizeProblem problem_of(const Preparation& preparation) {
  const schema::TensorView input = preparation.input(), output = preparation.output();
  const auto axis = static_cast<std::size_t>(preparation.op.axes[0]);
  kernels::ResizeProblem problem = {};
  problem.outer = problem.inner = 1;
  for (std::size_t i = 0; i < axis; ++i) problem.outer *= input.shape[i];
  for (std::size_t i = axis + 2; i < input.shape.size(); ++i) problem.inner *= input.shape[i];
  problem.in_h = input.shape[axis];
  problem.in_w = input.shape[axis + 1];
  problem.out_h = output.shape[axis];
  problem.out_w = output.shape[axis + 1];
  problem.rows = preparation.op.resize.rows.data();
  problem.columns = preparation.op.resize.columns.data();
  return problem;
}

}  // namespace

bool prepare_resize(Preparation& preparation, Step& step) {
  auto* parameters = preparation.bump.make<ResizeParameters>();
  if (parameters == nullptr) return false;
  parameters->problem = problem_of(preparation);
  parameters->float_rows = preparation.op.resize.float_rows.data();
  parameters->float_columns = preparation.op.resize.float_columns.data();
  step.items = parameters->problem.outer * parameters->problem.out_h;
  step.work = preparation.output().elements();
  step.parameters = parameters;
  if (preparation.is_float()) {
    step.run = run_float_resize;
    step.kernel = "float_resize";
    return true;
  }
  const kernels::ResizeCall call{&parameters->problem, nullptr, nullptr, 0, step.items};
  parameters->kernel = &kernels::select_kernel(kernels::resize_kernels(), call, preparation.path);
  step.run = run_resize;
  step.kernel = parameters->kernel->name;
  return true;
}

}  // namespace bulwark::runtime
