// SPDX-License-Identifier: Apache-2.0
#include "runtime/ops/elementwise.h"

namespace bulwark::runtime {
namespace {

struct PadParameters {
  kernels::PadCall call;
  std::uint8_t value[4];  ///< zero in the tensor's own representation
};

void run_pad(const StepCall& call) {
  const auto& parameters = call.parameters<PadParameters>();
  kernels::PadCall pad = parameters.call;
  pad.input = call.input<void>(0);
  pad.output = call.output<void>();
  pad.value = parameters.value;
  kernels::pad(pad);
}

}  // namespace

bool prepare_pad(Preparation& preparation, Step& step) {
  auto* parameters = preparation.bump.make<PadParameters>();
  if (parameters == nullptr) return false;
  const schema::TensorView input = preparation.input();
  const std::size_t rank = input.shape.size();
  if (!preparation.is_float()) parameters->value[0] = static_cast<std::uint8_t>(input.zero_point);
  parameters->call.element_size = schema::element_size(input.type);
  parameters->call.rank = static_cast<std::int32_t>(rank);
  parameters->call.input_shape = input.shape.data();
  parameters->call.pad_before = preparation.op.axes.data();
  parameters->call.pad_after = preparation.op.axes.data() + rank;
  step.run = run_pad;
  step.parameters = parameters;
  step.kernel = "pad";
  return true;
}

}  // namespace bulwark::runtime
