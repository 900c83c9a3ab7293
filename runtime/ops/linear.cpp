// SPDX-License-Identifier: Apache-2.0
#include "runtime/ops/linear.h"

#include <algorithm>

#include "runtime/clips.h"

namespace bulwark::runtime {

using kernels::LinearProblem;

void run_linear(const StepCall& call) {
  const auto& parameters = call.parameters<LinearParameters>();
  kernels::LinearCall linear;
  linear.problem = &parameters.problem;
  linear.packed = parameters.packed;
  linear.input = call.input<std::int8_t>(0);
  linear.output = call.output<void>();
  linear.scratch = call.scratch;
  linear.begin = call.begin;
  linear.end = call.end;
  parameters.kernel->run(linear);
}

namespace {

// A constant given per row, or given once and then repeated into `expanded`.
template <typename T>
const T* per_row(schema::View<T> values, std::int32_t rows, T* expanded) {
  if (values.empty() || values.size() == static_cast<std::size_t>(rows)) return values.data();
  std::fill_n(expanded, rows, values[0]);
  return expanded;
}

void pack_linear_step(const schema::OperatorView& op, const PackWorkspace& workspace, void* memory) {
  auto& parameters = *static_cast<LinearParameters*>(memory);
  std::uint8_t* packed = workspace.packed + parameters.packed_offset;
  schema::OperatorView clamped = op;
  clamped.linear.lo = parameters.lo;
  clamped.linear.hi = parameters.hi;
  parameters.kernel->pack(parameters.problem, linear_constants(clamped, workspace), workspace.staging,
                          packed);
  parameters.packed = packed;
}

const std::uint8_t* find_in_file(const LinearSelection& selection, const kernels::LinearKernel& kernel,
                                 const LinearProblem& problem) {
  if (selection.file == nullptr || selection.file->packed_count() == 0) return nullptr;
  const auto data = selection.file->find_packed(selection.op, kernel.name);
  const bool aligned = reinterpret_cast<std::uintptr_t>(data.data()) % kAlignment == 0;
  return !data.empty() && aligned && data.size() == kernel.packed_size(problem) ? data.data() : nullptr;
}

/// The operator's own clamp, or the one without clip bounds; whether it is its own.
bool choose_clamp(const Preparation& preparation, std::int32_t op, LinearParameters* parameters) {
  parameters->lo = preparation.op.linear.lo;
  parameters->hi = preparation.op.linear.hi;
  if (!preparation.count_clips) return true;
  const schema::LayerRobustnessView row = unclipped_row(preparation.file, op);
  if (row.unclipped_lo.empty()) return true;
  parameters->lo = row.unclipped_lo;
  parameters->hi = row.unclipped_hi;
  return false;
}

// Kernels compute their sizes in size_t. With tiles of up to 256 rows and depths, and up to two bytes per
// weight and 64 bytes of constants per row, this bound keeps them inside it on 32-bit processors.
bool sizes_fit(const LinearProblem& problem) {
  const std::uint64_t rows = static_cast<std::uint64_t>(problem.out_c) + 256;
  const std::uint64_t depth = static_cast<std::uint64_t>(problem.depth()) + 256;
  return rows * depth <= SIZE_MAX / 4 && rows <= SIZE_MAX / 256;
}

LinearGeometry fully_connected_geometry(schema::View<std::int32_t> input, schema::View<std::int32_t> output) {
  LinearProblem problem;
  problem.batch = input[0];
  problem.in_c = input[1];
  problem.out_c = output[1];
  return {problem, kernels::fully_connected_kernels()};
}

LinearGeometry conv_geometry(const schema::LinearView& linear, schema::View<std::int32_t> input,
                             schema::View<std::int32_t> output) {
  LinearProblem problem;
  problem.batch = input[0];
  problem.in_h = input[1];
  problem.in_w = input[2];
  problem.in_c = input[3];
  problem.out_h = output[1];
  problem.out_w = output[2];
  problem.out_c = output[3];
  problem.kernel_h = linear.kernel_h;
  problem.kernel_w = linear.kernel_w;
  problem.stride_h = linear.stride_h;
  problem.stride_w = linear.stride_w;
  problem.dilation_h = linear.dilation_h;
  problem.dilation_w = linear.dilation_w;
  problem.pad_top = linear.pad_top;
  problem.pad_left = linear.pad_left;
  problem.groups = linear.groups;
  const bool depthwise = problem.groups == problem.in_c && problem.in_c > 1;
  return {problem, depthwise ? kernels::depthwise_kernels() : kernels::conv_kernels()};
}

}  // namespace

LinearGeometry linear_geometry(const schema::VerifiedModel& file, const schema::OperatorView& op) {
  const auto input = file.tensor(op.inputs[0]).shape;
  const auto output = file.tensor(op.outputs[0]).shape;
  return op.kind == schema::OperatorKind::fully_connected ? fully_connected_geometry(input, output)
                                                          : conv_geometry(op.linear, input, output);
}

LinearGeometry integer_linear_geometry(const schema::VerifiedModel& file, const schema::OperatorView& op,
                                       schema::WeightExtremes weights) {
  LinearGeometry geometry = linear_geometry(file, op);
  const schema::TensorView input = file.tensor(op.inputs[0]), output = file.tensor(op.outputs[0]);
  LinearProblem& problem = geometry.problem;
  problem.in_lo = input.lo;
  problem.in_hi = input.hi;
  problem.pad_value = input.zero_point;
  problem.weight_lo = weights.lo;
  problem.weight_hi = weights.hi;
  problem.weight_sum = weights.row_sum;
  problem.weight_format = static_cast<kernels::WeightFormat>(op.linear.weights.format);
  problem.output =
      output.type == schema::ElementType::f32 ? kernels::OutputType::f32 : kernels::OutputType::s8;
  problem.zero_point = output.type == schema::ElementType::f32 ? 0 : output.zero_point;
  problem.fraction_bits = op.linear.fraction_bits;
  return geometry;
}

kernels::LinearConstants linear_constants(const schema::OperatorView& op, const PackWorkspace& workspace) {
  const schema::LinearView& linear = op.linear;
  const std::int32_t rows = linear.weights.rows;
  kernels::LinearConstants constants;
  constants.weights = linear.weights.data.data();
  constants.bias = linear.bias.data();
  constants.multiplier = per_row(linear.multiplier, rows, workspace.multiplier);
  constants.lo = per_row(linear.lo, rows, workspace.lo);
  constants.hi = per_row(linear.hi, rows, workspace.hi);
  return constants;
}

bool add_sizes(const LinearProblem& problem, PackTotals& totals) {
  if (!sizes_fit(problem)) return false;
  totals.staging_elements =
      std::max(totals.staging_elements, static_cast<std::uint64_t>(kernels::staging_elements(problem)));
  totals.rows = std::max(totals.rows, static_cast<std::uint64_t>(problem.out_c));
  return true;
}

bool reserve_packed(PackTotals& totals, LinearParameters& parameters) {
  const std::uint64_t bytes =
      (std::uint64_t{parameters.kernel->packed_size(parameters.problem)} + kAlignment - 1) / kAlignment *
      kAlignment;
  if (totals.packed_bytes + bytes > SIZE_MAX) return false;
  parameters.packed_offset = static_cast<std::size_t>(totals.packed_bytes);
  totals.packed_bytes += bytes;
  return true;
}

bool prepare_linear_kernel(const LinearSelection& selection, const LinearGeometry& geometry,
                           LinearParameters* parameters, Step& step) {
  if (!add_sizes(geometry.problem, selection.totals)) return false;
  parameters->problem = geometry.problem;
  const LinearProblem& problem = parameters->problem;
  const kernels::LinearKernel& kernel =
      kernels::select_linear_kernel(geometry.registry, problem, selection.path, selection.core);
  parameters->kernel = &kernel;

  PackTotals& totals = selection.totals;
  parameters->in_file = find_in_file(selection, kernel, problem);
  if (parameters->in_file != nullptr) {
    totals.largest_in_file = std::max(totals.largest_in_file, std::uint64_t{kernel.packed_size(problem)});
  } else if (!reserve_packed(totals, *parameters)) {
    return false;
  }

  step.kernel = kernel.name;
  if (const auto* narrower = kernels::passed_over_kernel(geometry.registry, problem, kernel))
    step.passed_over = narrower->name;
  step.items = kernel.work_items(problem);
  step.scratch_bytes = kernel.scratch_size(problem);
  return true;
}

bool prepare_linear(Preparation& preparation, Step& step) {
  if (preparation.is_float()) {
    const LinearGeometry geometry = linear_geometry(preparation.file, preparation.op);
    step.macs = geometry.problem.macs();
    step.work = step.macs;
    return prepare_float_linear(preparation, geometry.problem, step);
  }
  const LinearGeometry geometry =
      integer_linear_geometry(preparation.file, preparation.op, preparation.weights);
  step.macs = geometry.problem.macs();
  step.work = step.macs;
  auto* parameters = preparation.bump.make<LinearParameters>();
  if (parameters == nullptr) return false;
  const bool own = choose_clamp(preparation, step.op, parameters);
  // What lies packed in the file has the operator's own clamp.
  if (!prepare_linear_kernel({preparation.path, preparation.core, preparation.totals,
                              own ? &preparation.file : nullptr, step.op},
                             geometry, parameters, step)) {
    return false;
  }
  step.run = run_linear;
  step.pack = pack_linear_step;
  step.parameters = parameters;
  return true;
}

}  // namespace bulwark::runtime
