// SPDX-License-Identifier: Apache-2.0
#include "runtime/ops/elementwise.h"

namespace bulwark::runtime {
namespace {

struct ConcatParameters {
  std::int64_t outer;             ///< product of the dimensions before the axis
  std::int64_t output_row_bytes;  ///< bytes of one output row: the axis and all dimensions behind it
  const std::int64_t* row_bytes;  ///< the same of every input
};

void run_concat(const StepCall& call) {
  const auto& parameters = call.parameters<ConcatParameters>();
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < call.step.inputs.size(); ++i) {
    kernels::copy_rows(call.input<void>(i), call.output<void>(), parameters.outer, parameters.row_bytes[i],
                       parameters.output_row_bytes, offset);
    offset += parameters.row_bytes[i];
  }
}

}  // namespace

bool prepare_concat(Preparation& preparation, Step& step) {
  const std::size_t count = preparation.op.inputs.size();
  auto* parameters = preparation.bump.make<ConcatParameters>();
  auto* row_bytes = preparation.bump.make<std::int64_t>(count);
  if (parameters == nullptr || row_bytes == nullptr) return false;
  const schema::TensorView output = preparation.output();
  parameters->outer = 1;
  for (std::int32_t axis = 0; axis < preparation.op.axes[0]; ++axis) {
    parameters->outer *= output.shape[static_cast<std::size_t>(axis)];
  }
  parameters->output_row_bytes = output.bytes() / parameters->outer;
  for (std::size_t i = 0; i < count; ++i) row_bytes[i] = preparation.input(i).bytes() / parameters->outer;
  parameters->row_bytes = row_bytes;
  step.run = run_concat;
  step.parameters = parameters;
  step.kernel = "copy_rows";
  return true;
}

}  // namespace bulwark::runtime
