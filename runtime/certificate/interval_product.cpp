// SPDX-License-Identifier: Apache-2.0
#include "runtime/certificate/interval_product.h"

#include <algorithm>
#include <cstdlib>

#include "kernels/common/weights.h"
#include "runtime/certificate/conditions.h"

namespace bulwark::runtime {
namespace {

using kernels::IntervalBoundsCall;
using kernels::LinearProblem;

void unpack_row(const schema::WeightsView& weights, std::int32_t row, bool absolute, std::int16_t* values) {
  const auto length = static_cast<std::size_t>(weights.row_elements);
  const auto format = static_cast<kernels::WeightFormat>(weights.format);
  const std::size_t bytes = static_cast<std::size_t>(kernels::weight_row_bytes(format, length));
  kernels::unpack_weight_row(format, weights.data.data() + static_cast<std::size_t>(row) * bytes, length,
                             values);
  for (std::size_t i = 0; absolute && i < length; ++i)
    values[i] = static_cast<std::int16_t>(std::abs(values[i]));
}

kernels::WeightFormat format_of_absolute(std::int32_t largest) {
  if (largest <= 1) return kernels::WeightFormat::s2;
  if (largest <= 3) return kernels::WeightFormat::s3;
  if (largest <= 7) return kernels::WeightFormat::s4;
  return largest <= 127 ? kernels::WeightFormat::s8 : kernels::WeightFormat::s9;
}

/// Constants per channel, repeated where the file has one for all.
template <typename T>
const T* per_channel(Bump& bump, schema::View<T> values, std::int32_t rows) {
  if (values.size() == static_cast<std::size_t>(rows)) return values.data();
  T* repeated = bump.make<T>(static_cast<std::size_t>(rows));
  if (repeated != nullptr) std::fill_n(repeated, rows, values[0]);
  return repeated;
}

}  // namespace

bool prepare_interval_product(const IntervalPreparation& preparation, std::int32_t op, bool absolute,
                              LinearGeometry geometry, IntervalProduct* product, Step& step) {
  const schema::OperatorView view = preparation.file.op(op);
  const IntervalForm form = interval_form(preparation.file.tensor(view.inputs[0]));
  const schema::WeightExtremes extremes = preparation.weights[op];
  const std::int32_t largest = std::max(std::abs(extremes.lo), std::abs(extremes.hi));
  LinearProblem& problem = geometry.problem;
  problem.output = kernels::OutputType::f32;
  problem.in_lo = absolute ? form.radius_lo : form.centre_lo;
  problem.in_hi = absolute ? form.radius_hi : form.centre_hi;
  problem.pad_value = absolute ? form.radius_pad : form.centre_pad;
  problem.weight_lo = absolute ? 0 : extremes.lo;
  problem.weight_hi = absolute ? largest : extremes.hi;
  problem.weight_format =
      absolute ? format_of_absolute(largest) : static_cast<kernels::WeightFormat>(view.linear.weights.format);
  product->absolute = absolute;
  product->bias_factor = absolute ? form.radius_offset : form.centre_offset;
  step.macs = problem.macs();
  step.work = step.macs;
  if (absolute) {
    const std::uint64_t row =
        kernels::weight_row_bytes(problem.weight_format, static_cast<std::uint64_t>(problem.depth()));
    preparation.totals.row_bytes =
        std::max(preparation.totals.row_bytes, row * static_cast<std::uint64_t>(problem.out_c));
  }
  return prepare_linear_kernel({preparation.path, preparation.core, preparation.totals}, geometry,
                               &product->linear, step);
}

void pack_interval_product(const schema::OperatorView& op, const PackWorkspace& workspace,
                           IntervalProduct& product) {
  const schema::WeightsView& weights = op.linear.weights;
  const LinearProblem& problem = product.linear.problem;
  const auto length = static_cast<std::uint64_t>(weights.row_elements);
  const auto bytes = static_cast<std::size_t>(kernels::weight_row_bytes(problem.weight_format, length));
  // The operator's own bias, multiplier and clamp belong to the bounds.
  for (std::int32_t row = 0; row < weights.rows; ++row) {
    std::int16_t* values = workspace.staging;
    unpack_row(weights, row, product.absolute, values);
    std::int32_t sum = 0;
    for (std::uint64_t i = 0; i < length; ++i) sum += values[i];
    workspace.bias[row] = product.bias_factor * sum;
    workspace.multiplier[row] = 1.0f;
    if (product.absolute) {
      kernels::pack_weight_row(problem.weight_format, values, static_cast<std::size_t>(length),
                               workspace.rows + static_cast<std::size_t>(row) * bytes);
    }
  }
  kernels::LinearConstants constants;
  constants.weights = product.absolute ? workspace.rows : weights.data.data();
  constants.bias = workspace.bias;
  constants.multiplier = workspace.multiplier;
  std::uint8_t* packed = workspace.packed + product.linear.packed_offset;
  product.linear.kernel->pack(problem, constants, workspace.staging, packed);
  product.linear.packed = packed;
}

bool prepare_interval_bounds(const IntervalPreparation& preparation, std::int32_t op,
                             Prepared<IntervalBoundsCall>* bounds) {
  const schema::OperatorView view = preparation.file.op(op);
  const schema::LinearView& linear = view.linear;
  const schema::TensorView output = preparation.file.tensor(view.outputs[0]);
  IntervalBoundsCall& call = bounds->call;
  call.channels = linear.weights.rows;
  call.rows = output.elements() / call.channels;
  call.bias = linear.bias.data();
  call.multiplier = per_channel(preparation.bump, linear.multiplier, call.channels);
  call.clamp_lo = per_channel(preparation.bump, linear.lo, call.channels);
  call.clamp_hi = per_channel(preparation.bump, linear.hi, call.channels);
  if (call.multiplier == nullptr || call.clamp_lo == nullptr || call.clamp_hi == nullptr) return false;
  call.zero_point = output.zero_point;
  call.fraction_bits = linear.fraction_bits;
  call.halve = interval_form(preparation.file.tensor(view.inputs[0])).doubled ? 1 : 0;
  bounds->kernel = &kernels::select_kernel(kernels::interval_bounds_kernels(), call, preparation.path);
  return true;
}

}  // namespace bulwark::runtime
