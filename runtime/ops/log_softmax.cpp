// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/float_ops.h"
#include "runtime/ops/elementwise.h"

namespace bulwark::runtime {
namespace {

constexpr std::int64_t kWorkPerElement = 8;

struct FloatParameters {
  std::int64_t depth;
};

void run_float_log_softmax(const StepCall& call) {
  const std::int64_t depth = call.parameters<FloatParameters>().depth;
  kernels::float_log_softmax(call.input<float>(0) + call.begin * depth,
                             call.output<float>() + call.begin * depth, call.end - call.begin, depth);
}

void run_log_softmax(const StepCall& call) {
  const auto& prepared = call.parameters<Prepared<kernels::LogSoftmaxCall>>();
  kernels::LogSoftmaxCall softmax = prepared.call;
  softmax.input = call.input<std::int8_t>(0) + call.begin * softmax.depth;
  softmax.output = call.output<std::int8_t>() + call.begin * softmax.depth;
  softmax.rows = call.end - call.begin;
  prepared.kernel->run(softmax);
}

}  // namespace

bool prepare_log_softmax(Preparation& preparation, Step& step) {
  const schema::TensorView output = preparation.output();
  const std::int64_t depth = output.shape.back();
  step.items = output.elements() / depth;
  step.work = output.elements() * kWorkPerElement;
  if (preparation.is_float()) {
    auto* parameters = preparation.bump.make<FloatParameters>();
    if (parameters == nullptr) return false;
    parameters->depth = depth;
    step.run = run_float_log_softmax;
    step.parameters = parameters;
    step.kernel = "float_log_softmax";
    return true;
  }
  const schema::LogSoftmaxView& options = preparation.op.log_softmax;
  kernels::LogSoftmaxCall call = {};
  call.rows = step.items;
  call.depth = depth;
  call.table = options.table.data();
  call.multiplier_x = options.multiplier_x;
  call.multiplier_log = options.multiplier_log;
  call.shift = options.shift;
  call.zero_point = output.zero_point;
  call.lo = output.lo;
  call.hi = output.hi;
  step.run = run_log_softmax;
  return prepare_kernel(preparation, kernels::log_softmax_kernels(), call, step);
}

}  // namespace bulwark::runtime
