// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/float_ops.h"
#include "kernels/xnnpack/xnnpack_linear.h"
#include "runtime/ops/linear.h"

namespace bulwark::runtime {
namespace {

struct FloatLinearParameters {
  kernels::LinearProblem problem;
  kernels::FloatLinearCall call;
};

using kernels::XnnpackLinear;

void* open_xnnpack(const StepCall& call) {
  const auto& parameters = call.parameters<FloatLinearParameters>();
  const kernels::FloatLinearCall& linear = parameters.call;
  XnnpackLinear* made =
      kernels::xnnpack_linear_create(parameters.problem, linear.weights, linear.bias, linear.lo, linear.hi);
  if (made == nullptr) return nullptr;
  if (kernels::xnnpack_linear_setup(made, parameters.problem, call.input<float>(0), call.output<float>())) {
    return made;
  }
  kernels::xnnpack_linear_destroy(made);
  return nullptr;
}

void close_xnnpack(void* state) { kernels::xnnpack_linear_destroy(static_cast<XnnpackLinear*>(state)); }

void run_float_linear(const StepCall& call) {
  if (call.state != nullptr) {
    kernels::xnnpack_linear_run(static_cast<XnnpackLinear*>(call.state));
    return;
  }
  kernels::FloatLinearCall linear = call.parameters<FloatLinearParameters>().call;
  linear.input = call.input<float>(0);
  linear.output = call.output<float>();
  linear.begin = call.begin;
  linear.end = call.end;
  kernels::float_linear(linear);
}

}  // namespace

bool prepare_float_linear(Preparation& preparation, const kernels::LinearProblem& geometry, Step& step) {
  auto* parameters = preparation.bump.make<FloatLinearParameters>();
  if (parameters == nullptr) return false;
  const schema::OperatorView& op = preparation.op;
  parameters->problem = geometry;
  parameters->call.problem = &parameters->problem;
  // The verifier has proven size and alignment of the weights.
  parameters->call.weights =
      static_cast<const float*>(static_cast<const void*>(op.linear.weights.data.data()));
  parameters->call.bias = op.linear.float_bias.data();
  parameters->call.lo = op.float_lo;
  parameters->call.hi = op.float_hi;
  step.run = run_float_linear;
  step.parameters = parameters;
  step.kernel = "float_linear";
  step.items = geometry.out_pixels();
  // XNNPACK reads some bytes behind its input, which a constant in the file may not have.
  if (preparation.use_xnnpack && kernels::xnnpack_built() && preparation.input().constant.empty()) {
    step.kernel = "float_linear_xnnpack";
    step.open = open_xnnpack;
    step.close = close_xnnpack;
  }
  return true;
}

}  // namespace bulwark::runtime
