// SPDX-License-Identifier: Apache-2.0
// A linear operator on intervals: W c and |W| r with the ordinary kernels, then both ends of every output. A
// convolution's padding is written around both inputs once, so that no product has to.
#include <algorithm>

#include "runtime/certificate/conditions.h"
#include "runtime/certificate/interval_plan.h"
#include "runtime/certificate/interval_product.h"
#include "runtime/certificate/padded_box.h"

namespace bulwark::runtime {
namespace {

using kernels::IntervalBoundsCall;
using kernels::IntervalBoxCall;

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
  Prepared<IntervalBoundsCall> bounds;
  std::int64_t rows_per_item;
};

void pack_product(const schema::OperatorView& op, const PackWorkspace& workspace, void* memory) {
  pack_interval_product(op, workspace, *static_cast<IntervalProduct*>(memory));
}

void run_bounds(const StepCall& call) {
  const auto& parameters = call.parameters<BoundsParameters>();
  IntervalBoundsCall bounds = parameters.bounds.call;
  const std::int64_t first = call.begin * parameters.rows_per_item;
  const std::int64_t end = std::min(call.end * parameters.rows_per_item, bounds.rows);
  const std::int64_t at = first * bounds.channels;
  bounds.centre = call.input<float>(0) + at;
  bounds.radius = call.input<float>(1) + at;
  bounds.lo = call.output<std::int8_t>() + at;
  bounds.hi = static_cast<std::int8_t*>(call.tensors[call.step.outputs[1]]) + at;
  bounds.rows = end - first;
  parameters.bounds.kernel->run(bounds);
}

/// A convolution that reads windows, not single pixels, of all channels.
bool has_windows(const schema::OperatorView& op) {
  return op.kind == schema::OperatorKind::conv_2d && op.linear.groups == 1 &&
         op.linear.kernel_h * op.linear.kernel_w > 1;
}

/// Kernels with a dot product read windows where they lie: two such products cost less than gathering.
bool reads_in_place(kernels::Isa path) { return path == kernels::Isa::dotprod || path == kernels::Isa::i8mm; }

class IntervalLinear {
 public:
  IntervalLinear(const IntervalPreparation& preparation, std::int32_t op, IntervalSteps& steps)
      : preparation_(preparation),
        op_index_(op),
        op_(preparation.file.op(op)),
        input_(preparation.file.tensor(op_.inputs[0])),
        output_(preparation.file.tensor(op_.outputs[0])),
        form_(interval_form(input_)),
        geometry_(linear_geometry(preparation.file, op_)),
        padded_(has_windows(op_) && is_padded(geometry_.problem)),
        steps_(steps) {}

  bool append() {
    const bool boxed =
        padded_ ? append_padded_box(preparation_, op_index_, geometry_.problem, steps_) : append_box();
    if (padded_) remove_padding(geometry_.problem);
    return boxed && append_product(false) && append_product(true) && append_bounds();
  }

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
    auto* product = preparation_.bump.make<IntervalProduct>();
    if (product == nullptr) return false;
    Step step;
    step.op = op_index_;
    if (!prepare_interval_product(preparation_, op_index_, absolute, geometry_, product, step)) return false;
    step.run = run_linear;
    step.pack = pack_product;
    step.parameters = product;
    const Buffer from = absolute ? Buffer::radius : Buffer::centre;
    const Buffer to = absolute ? Buffer::radius_sums : Buffer::centre_sums;
    steps_.need(to, 4 * static_cast<std::uint64_t>(output_.elements()));
    const std::int32_t inputs[] = {at().buffer(from)}, outputs[] = {at().buffer(to)};
    return steps_.append(step, inputs, outputs) != nullptr;
  }

  bool append_bounds() {
    auto* parameters = preparation_.bump.make<BoundsParameters>();
    if (parameters == nullptr || !prepare_interval_bounds(preparation_, op_index_, &parameters->bounds))
      return false;
    const IntervalBoundsCall& call = parameters->bounds.call;
    parameters->rows_per_item = std::max<std::int64_t>(1, kRowBlockOutputs / call.channels);
    Step step;
    step.op = op_index_;
    step.run = run_bounds;
    step.parameters = parameters;
    step.kernel = parameters->bounds.kernel->name;
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
  LinearGeometry geometry_;  ///< of the products
  bool padded_;
  IntervalSteps& steps_;
};

}  // namespace

bool append_interval_linear(const IntervalPreparation& preparation, std::int32_t op, IntervalSteps& steps) {
  if (has_windows(preparation.file.op(op)) && !reads_in_place(preparation.path)) {
    return append_interval_windows(preparation, op, steps);
  }
  return IntervalLinear(preparation, op, steps).append();
}

}  // namespace bulwark::runtime
