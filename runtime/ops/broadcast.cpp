// SPDX-License-Identifier: Apache-2.0
#include "runtime/ops/broadcast.h"

#include "kernels/common/float_ops.h"

namespace bulwark::runtime {
namespace {

struct FloatBinaryParameters {
  kernels::FloatBinaryCall call;
  Broadcast broadcast;
};

void run_float_binary(const StepCall& call) {
  const auto& parameters = call.parameters<FloatBinaryParameters>();
  kernels::FloatBinaryCall kernel_call = parameters.call;
  for_each_row(call, parameters.broadcast, [&](const RowPart& part) {
    kernel_call.a = call.input<float>(0) + part.a;
    kernel_call.b = call.input<float>(1) + part.b;
    kernel_call.output = call.output<float>() + part.output;
    kernel_call.count = part.count;
    kernels::float_binary(kernel_call);
  });
}

kernels::FloatBinary float_binary_of(schema::OperatorKind kind) {
  using schema::OperatorKind;
  switch (kind) {
    case OperatorKind::sub:
      return kernels::FloatBinary::sub;
    case OperatorKind::mul:
      return kernels::FloatBinary::mul;
    case OperatorKind::div:
      return kernels::FloatBinary::div;
    case OperatorKind::maximum:
      return kernels::FloatBinary::maximum;
    case OperatorKind::minimum:
      return kernels::FloatBinary::minimum;
    case OperatorKind::prelu:
      return kernels::FloatBinary::prelu;
    default:
      return kernels::FloatBinary::add;
  }
}

}  // namespace

std::int64_t Broadcast::rows() const {
  std::int64_t count = 1;
  for (std::int32_t axis = 0; axis < rank; ++axis) count *= extent[axis];
  return count;
}

Broadcast make_broadcast(const schema::TensorView& a, const schema::TensorView& b,
                         const schema::TensorView& output) {
  Broadcast made;
  // Axes from the innermost on; those that follow one another in both operands become one.
  std::int64_t extent[schema::kMaxRank], step_a[schema::kMaxRank], step_b[schema::kMaxRank];
  std::int32_t count = 0;
  std::int64_t elements_a = 1, elements_b = 1;
  for (std::size_t i = output.shape.size(); i-- > 0;) {
    const std::int64_t here_a = a.shape[i] == 1 ? 0 : elements_a, here_b = b.shape[i] == 1 ? 0 : elements_b;
    elements_a *= a.shape[i];
    elements_b *= b.shape[i];
    if (output.shape[i] == 1) continue;
    const std::int32_t last = count - 1;
    if (count > 0 && here_a == step_a[last] * extent[last] && here_b == step_b[last] * extent[last]) {
      extent[last] *= output.shape[i];
      continue;
    }
    extent[count] = output.shape[i];
    step_a[count] = here_a;
    step_b[count] = here_b;
    ++count;
  }
  if (count == 0) return made;
  made.row = extent[0];
  made.a_repeats = step_a[0] == 0;
  made.b_repeats = step_b[0] == 0;
  for (std::int32_t i = count - 1; i > 0; --i, ++made.rank) {
    made.extent[made.rank] = extent[i];
    made.step_a[made.rank] = step_a[i];
    made.step_b[made.rank] = step_b[i];
  }
  return made;
}

void split_rows(Step& step, const Broadcast& broadcast) {
  const std::int64_t rows = broadcast.rows();
  split_elements(step, broadcast.row * rows);
  if (broadcast.rank > 0) step.items = rows;
}

bool prepare_float_binary(Preparation& preparation, Step& step) {
  auto* parameters = preparation.bump.make<FloatBinaryParameters>();
  if (parameters == nullptr) return false;
  parameters->broadcast = make_broadcast(preparation.input(0), preparation.input(1), preparation.output());
  parameters->call = {};
  parameters->call.op = float_binary_of(preparation.op.kind);
  parameters->call.a_repeats = parameters->broadcast.a_repeats;
  parameters->call.b_repeats = parameters->broadcast.b_repeats;
  parameters->call.lo = preparation.op.float_lo;
  parameters->call.hi = preparation.op.float_hi;
  split_rows(step, parameters->broadcast);
  step.run = run_float_binary;
  step.parameters = parameters;
  step.kernel = "float_binary";
  return true;
}

}  // namespace bulwark::runtime
