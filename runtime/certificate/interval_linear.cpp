// SPDX-License-Identifier: Apache-2.0
// A linear operator on intervals: W c and |W| r with the ordinary kernels, then both ends of every output.
#include <algorithm>
#include <cstdlib>

#include "kernels/common/interval.h"
#include "kernels/common/weights.h"
#include "runtime/certificate/conditions.h"
#include "runtime/certificate/interval_plan.h"
#include "runtime/ops/elementwise.h"
#include "runtime/ops/linear.h"

namespace bulwark::runtime {
namespace {

using kernels::IntervalBoundsCall;
using kernels::IntervalBoxCall;
using kernels::LinearProblem;

constexpr std::int64_t kRowBlockOutputs = 1024;  ///< outputs of one work item of the bounds, about

void run_box(const StepCall& call) {
  const auto& prepared = call.parameters<Prepared<IntervalBoxCall>>();
  IntervalBoxCall box = prepared.call;
  const ElementRange range = elements_of(call, box.count);
  box.lo = call.input<std::int8_t>(0) + range.begin;
  box.hi = call.input<std::int8_t>(1) + range.begin;
  box.centre = call.output<std::int8_t>() + range.begin;
  box.radius = static_cast<std::int8_t*>(call.tensors[call.step.outputs[1]]) + range.begin;
  box.count = range.count;
  prepared.kernel->run(box);
}

struct BoundsParameters {
  IntervalBoundsCall call;
  const kernels::Kernel<IntervalBoundsCall>* kernel;
  std::int64_t rows_per_item;
};

void run_bounds(const StepCall& call) {
  const auto& parameters = call.parameters<BoundsParameters>();
  IntervalBoundsCall bounds = parameters.call;
  const std::int64_t first = call.begin * parameters.rows_per_item;
  const std::int64_t end = std::min(call.end * parameters.rows_per_item, bounds.rows);
  const std::int64_t at = first * bounds.channels;
  bounds.centre = call.input<float>(0) + at;
  bounds.radius = call.input<float>(1) + at;
  bounds.lo = call.output<std::int8_t>() + at;
  bounds.hi = static_cast<std::int8_t*>(call.tensors[call.step.outputs[1]]) + at;
  bounds.rows = end - first;
  parameters.kernel->run(bounds);
}

/// The sums of every row: of the weights, and of their absolute values.
struct RowSums {
  std::int32_t* plain;
  std::int32_t* absolute;
  std::int32_t largest = 0;  ///< |w| over all rows
};

/// The two products and what their constants need of the operator; lives in the plan.
struct ProductSource {
  const schema::VerifiedModel* file;
  std::int32_t op;
  bool absolute;             ///< |W|
  std::int32_t bias_factor;  ///< bias of a row = bias_factor * sum of its (absolute) weights
};

struct ProductParameters {
  LinearParameters linear;
  ProductSource source;
};

void absolute_row(const schema::WeightsView& weights, std::int32_t row, const PackWorkspace& workspace,
                  kernels::WeightFormat format, std::uint8_t* out) {
  const auto length = static_cast<std::size_t>(weights.row_elements);
  const auto from = static_cast<kernels::WeightFormat>(weights.format);
  const std::size_t bytes = static_cast<std::size_t>(kernels::weight_row_bytes(from, length));
  std::int16_t* values = workspace.staging;
  kernels::unpack_weight_row(from, weights.data.data() + static_cast<std::size_t>(row) * bytes, length,
                             values);
  for (std::size_t i = 0; i < length; ++i) values[i] = static_cast<std::int16_t>(std::abs(values[i]));
  kernels::pack_weight_row(format, values, length, out);
}

std::int32_t sum_of_row(const schema::WeightsView& weights, std::int32_t row, bool absolute,
                        std::int16_t* values) {
  const auto length = static_cast<std::size_t>(weights.row_elements);
  const auto from = static_cast<kernels::WeightFormat>(weights.format);
  const std::size_t bytes = static_cast<std::size_t>(kernels::weight_row_bytes(from, length));
  kernels::unpack_weight_row(from, weights.data.data() + static_cast<std::size_t>(row) * bytes, length,
                             values);
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < length; ++i) sum += absolute ? std::abs(values[i]) : values[i];
  return sum;
}

/// Packs W or |W| for a product. The operator's own bias, multiplier and clamp belong to the bounds.
void pack_product(const schema::OperatorView& op, const PackWorkspace& workspace, void* memory) {
  auto& parameters = *static_cast<ProductParameters*>(memory);
  const schema::WeightsView& weights = op.linear.weights;
  const LinearProblem& problem = parameters.linear.problem;
  for (std::int32_t row = 0; row < weights.rows; ++row) {
    workspace.bias[row] = parameters.source.bias_factor *
                          sum_of_row(weights, row, parameters.source.absolute, workspace.staging);
    workspace.multiplier[row] = 1.0f;
  }
  kernels::LinearConstants constants;
  constants.weights = weights.data.data();
  constants.bias = workspace.bias;
  constants.multiplier = workspace.multiplier;
  if (parameters.source.absolute) {
    const auto length = static_cast<std::uint64_t>(weights.row_elements);
    const auto bytes = static_cast<std::size_t>(kernels::weight_row_bytes(problem.weight_format, length));
    for (std::int32_t row = 0; row < weights.rows; ++row) {
      absolute_row(weights, row, workspace, problem.weight_format,
                   workspace.rows + static_cast<std::size_t>(row) * bytes);
    }
    constants.weights = workspace.rows;
  }
  std::uint8_t* packed = workspace.packed + parameters.linear.packed_offset;
  parameters.linear.kernel->pack(problem, constants, workspace.staging, packed);
  parameters.linear.packed = packed;
}

kernels::WeightFormat format_of_absolute(std::int32_t largest) {
  if (largest <= 1) return kernels::WeightFormat::s2;
  if (largest <= 3) return kernels::WeightFormat::s3;
  if (largest <= 7) return kernels::WeightFormat::s4;
  return largest <= 127 ? kernels::WeightFormat::s8 : kernels::WeightFormat::s9;
}

class IntervalLinear {
 public:
  IntervalLinear(const IntervalPreparation& preparation, std::int32_t op, IntervalSteps& steps)
      : preparation_(preparation),
        op_index_(op),
        op_(preparation.file.op(op)),
        input_(preparation.file.tensor(op_.inputs[0])),
        output_(preparation.file.tensor(op_.outputs[0])),
        form_(interval_form(input_)),
        steps_(steps) {}

  bool append() { return append_box() && append_product(false) && append_product(true) && append_bounds(); }

 private:
  using Buffer = IntervalBuffer;
  const IntervalAddress& at() const { return steps_.address(); }

  bool append_box() {
    auto* prepared = preparation_.bump.make<Prepared<IntervalBoxCall>>();
    if (prepared == nullptr) return false;
    IntervalBoxCall& call = prepared->call;
    call.count = input_.elements();
    call.doubled = form_.doubled;
    call.offset = form_.offset;
    prepared->kernel = &kernels::select_kernel(kernels::interval_box_kernels(), call, preparation_.path);
    Step step;
    step.op = op_index_;
    step.run = run_box;
    step.parameters = prepared;
    step.kernel = prepared->kernel->name;
    split_elements(step, call.count);
    const std::uint64_t bytes = static_cast<std::uint64_t>(call.count);
    steps_.need(Buffer::centre, bytes);
    steps_.need(Buffer::radius, bytes);
    const std::int32_t inputs[] = {at().lower(op_.inputs[0]), at().upper(op_.inputs[0])};
    const std::int32_t outputs[] = {at().buffer(Buffer::centre), at().buffer(Buffer::radius)};
    return steps_.append(step, inputs, outputs) != nullptr;
  }

  bool append_product(bool absolute) {
    auto* parameters = preparation_.bump.make<ProductParameters>();
    if (parameters == nullptr) return false;
    LinearGeometry geometry = linear_geometry(preparation_.file, op_);
    LinearProblem& problem = geometry.problem;
    const schema::WeightExtremes extremes = schema::weight_extremes(op_.linear.weights);
    const std::int32_t largest = std::max(std::abs(extremes.lo), std::abs(extremes.hi));
    problem.output = kernels::OutputType::f32;
    problem.in_lo = absolute ? form_.radius_lo : form_.centre_lo;
    problem.in_hi = absolute ? form_.radius_hi : form_.centre_hi;
    problem.pad_value = absolute ? form_.radius_pad : form_.centre_pad;
    problem.weight_lo = absolute ? 0 : extremes.lo;
    problem.weight_hi = absolute ? largest : extremes.hi;
    problem.weight_format = absolute ? format_of_absolute(largest)
                                     : static_cast<kernels::WeightFormat>(op_.linear.weights.format);
    parameters->source = {&preparation_.file, op_index_, absolute,
                          absolute ? form_.radius_offset : form_.centre_offset};
    Step step;
    step.op = op_index_;
    step.macs = problem.macs();
    if (!prepare_linear_kernel({preparation_.path, preparation_.core, preparation_.totals}, geometry,
                               &parameters->linear, step)) {
      return false;
    }
    step.work = step.macs;
    step.run = run_linear;
    step.pack = pack_product;
    step.parameters = parameters;
    if (absolute) {
      const std::uint64_t row =
          kernels::weight_row_bytes(problem.weight_format, static_cast<std::uint64_t>(problem.depth()));
      preparation_.totals.row_bytes =
          std::max(preparation_.totals.row_bytes, row * static_cast<std::uint64_t>(problem.out_c));
    }
    const Buffer from = absolute ? Buffer::radius : Buffer::centre;
    const Buffer to = absolute ? Buffer::radius_sums : Buffer::centre_sums;
    steps_.need(to, 4 * static_cast<std::uint64_t>(output_.elements()));
    const std::int32_t inputs[] = {at().buffer(from)}, outputs[] = {at().buffer(to)};
    return steps_.append(step, inputs, outputs) != nullptr;
  }

  /// Constants per channel, repeated where the file has one for all.
  template <typename T>
  const T* per_channel(schema::View<T> values) {
    const auto rows = static_cast<std::size_t>(op_.linear.weights.rows);
    if (values.size() == rows) return values.data();
    T* repeated = preparation_.bump.make<T>(rows);
    if (repeated != nullptr) std::fill_n(repeated, rows, values[0]);
    return repeated;
  }

  bool append_bounds() {
    auto* parameters = preparation_.bump.make<BoundsParameters>();
    if (parameters == nullptr) return false;
    const schema::LinearView& linear = op_.linear;
    IntervalBoundsCall& call = parameters->call;
    call.channels = linear.weights.rows;
    call.rows = output_.elements() / call.channels;
    call.bias = linear.bias.data();
    call.multiplier = per_channel(linear.multiplier);
    call.clamp_lo = per_channel(linear.lo);
    call.clamp_hi = per_channel(linear.hi);
    if (call.multiplier == nullptr || call.clamp_lo == nullptr || call.clamp_hi == nullptr) return false;
    call.zero_point = output_.zero_point;
    call.fraction_bits = linear.fraction_bits;
    call.halve = form_.doubled ? 1 : 0;
    parameters->kernel = &kernels::select_kernel(kernels::interval_bounds_kernels(), call, preparation_.path);
    parameters->rows_per_item = std::max<std::int64_t>(1, kRowBlockOutputs / call.channels);
    Step step;
    step.op = op_index_;
    step.run = run_bounds;
    step.parameters = parameters;
    step.kernel = parameters->kernel->name;
    step.items = (call.rows + parameters->rows_per_item - 1) / parameters->rows_per_item;
    step.work = 2 * output_.elements();
    const std::int32_t inputs[] = {at().buffer(Buffer::centre_sums), at().buffer(Buffer::radius_sums)};
    const std::int32_t outputs[] = {at().lower(op_.outputs[0]), at().upper(op_.outputs[0])};
    return steps_.append(step, inputs, outputs) != nullptr;
  }

  const IntervalPreparation& preparation_;
  std::int32_t op_index_;
  schema::OperatorView op_;
  schema::TensorView input_, output_;
  IntervalForm form_;
  IntervalSteps& steps_;
};

}  // namespace

bool append_interval_linear(const IntervalPreparation& preparation, std::int32_t op, IntervalSteps& steps) {
  return IntervalLinear(preparation, op, steps).append();
}

}  // namespace bulwark::runtime
