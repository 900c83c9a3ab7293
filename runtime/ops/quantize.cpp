// SPDX-License-Identifier: Apache-2.0
// Quantization of a float tensor. For a model input with an integer door, the integers given by the caller
// take its place, clamped into the output's range.
#include "runtime/ops/elementwise.h"
#include "runtime/ops/wide.h"

namespace bulwark::runtime {
namespace {

struct QuantizeParameters {
  kernels::QuantizeCall call;
  const kernels::Kernel<kernels::QuantizeCall>* kernel;
  kernels::ClipCall clip;
  const kernels::Kernel<kernels::ClipCall>* clip_kernel;
  std::int32_t door_input;
};

void run_door(const StepCall& call, const QuantizeParameters& parameters, const ElementRange& range) {
  kernels::ClipCall clip = parameters.clip;
  clip.input = element(call.inputs[parameters.door_input].integers, range.begin);
  clip.output = element(call.output<void>(), range.begin);
  clip.count = range.count;
  parameters.clip_kernel->run(clip);
}

void run_quantize(const StepCall& call) {
  const auto& parameters = call.parameters<QuantizeParameters>();
  const ElementRange range = elements_of(call, parameters.call.count);
  if (parameters.door_input >= 0 && call.inputs[parameters.door_input].use_integers) {
    run_door(call, parameters, range);
    return;
  }
  kernels::QuantizeCall quantize = parameters.call;
  quantize.input = call.input<float>(0) + range.begin;
  quantize.output = element(call.output<void>(), range.begin);
  quantize.count = range.count;
  parameters.kernel->run(quantize);
}

}  // namespace

bool prepare_quantize(Preparation& preparation, Step& step) {
  if (preparation.output().type == schema::ElementType::s16) return prepare_quantize_wide(preparation, step);
  auto* parameters = preparation.bump.make<QuantizeParameters>();
  if (parameters == nullptr) return false;
  const schema::TensorView output = preparation.output();
  kernels::QuantizeCall& call = parameters->call;
  call.count = output.elements();
  call.output_unsigned = is_unsigned(output);
  call.scale = output.scale;
  call.zero_point = output.zero_point;
  call.lo = output.lo;
  call.hi = output.hi;
  parameters->kernel = &kernels::select_kernel(kernels::quantize_kernels(), call, preparation.path);

  kernels::ClipCall& clip = parameters->clip;
  clip.count = call.count;
  clip.is_unsigned = call.output_unsigned;
  clip.lo = output.lo;
  clip.hi = output.hi;
  parameters->clip_kernel = &kernels::select_kernel(kernels::clip_kernels(), clip, preparation.path);
  parameters->door_input = preparation.door_input;

  split_elements(step, call.count);
  step.run = run_quantize;
  step.parameters = parameters;
  step.kernel = parameters->kernel->name;
  return true;
}

}  // namespace bulwark::runtime
