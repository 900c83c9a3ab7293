// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/float_ops.h"
#include "runtime/ops/elementwise.h"

namespace bulwark::runtime {
namespace {

constexpr std::int64_t kWorkPerElement = 8;

struct FloatSoftmaxParameters {
  std::int64_t depth;
};

void run_float_softmax(const StepCall& call) {
  const std::int64_t depth = call.parameters<FloatSoftmaxParameters>().depth;
  kernels::float_softmax(call.input<float>(0) + call.begin * depth, call.output<float>() + call.begin * depth,
                         call.end - call.begin, depth);
}

void run_softmax(const StepCall& call) {
  const auto& prepared = call.parameters<Prepared<kernels::SoftmaxCall>>();
  kernels::SoftmaxCall softmax = prepared.call;
  softmax.input = call.input<std::int8_t>(0) + call.begin * softmax.depth;
  softmax.output = call.output<std::int8_t>() + call.begin * softmax.depth;
  softmax.rows = call.end - call.begin;
  prepared.kernel->run(softmax);
}

bool prepare_float_softmax(Preparation& preparation, std::int64_t depth, Step& step) {
  auto* parameters = preparation.bump.make<FloatSoftmaxParameters>();
  if (parameters == nullptr) return false;
  parameters->depth = depth;
  step.run = run_float_softmax;
  step.parameters = parameters;
  step.kernel = "float_softmax";
  return true;
}

}  // namespace

bool prepare_softmax(Preparation& preparation, Step& step) {
  const schema::TensorView output = preparation.output();
  const std::int64_t depth = output.shape.back();
  step.items = output.elements() / depth;
  step.work = output.elements() * kWorkPerElement;
  if (preparation.is_float()) return prepare_float_softmax(preparation, depth, step);
  kernels::SoftmaxCall call = {};
  call.rows = step.items;
  call.depth = depth;
  call.table = preparation.op.softmax.table.data();
  call.numerator = preparation.op.softmax.numerator;
  call.zero_point = output.zero_point;
  call.lo = output.lo;
  call.hi = output.hi;
  step.run = run_softmax;
  return prepare_kernel(preparation, kernels::softmax_kernels(), call, step);
}

}  // namespace bulwark::runtime
