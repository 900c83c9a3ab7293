// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/float_ops.h"
#include "runtime/ops/linear.h"

namespace bulwark::runtime {
namespace {

struct FloatLinearParameters {
  kernels::LinearProblem problem;
  kernels::FloatLinearCall call;
};

void run_float_linear(const StepCall& call) {
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
  return true;
}

}  // namespace bulwark::runtime
