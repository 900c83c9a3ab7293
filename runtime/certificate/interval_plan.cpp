// SPDX-License-Identifier: Apache-2.0
#include "runtime/certificate/interval_plan.h"

#include "runtime/certificate/conditions.h"
#include "runtime/certificate/decision.h"
#include "runtime/ops/operator.h"
#include "runtime/status.h"

namespace bulwark::runtime {
namespace {

using schema::ElementType;
using schema::OperatorKind;
using schema::OperatorView;

/// What is known about a tensor.
struct Mark {
  bool needed = false;      ///< the decision depends on it
  bool from_box = false;    ///< it depends on the box
  bool from_input = false;  ///< it depends on the model input in front of the box
};

class Builder {
 public:
  Builder(const IntervalPreparation& preparation, IntervalPlan* plan)
      : preparation_(preparation),
        file_(preparation.file),
        plan_(plan),
        // A product becomes five steps, a linear operator four, every other one at most two.
        steps_(preparation.bump, plan, 5 * static_cast<std::size_t>(file_.operator_count())) {}

  bw_status build() {
    marks_ = preparation_.bump.make<Mark>(static_cast<std::size_t>(file_.tensor_count()));
    workspace_ = preparation_.bump.make<std::int16_t>(longest_row());
    if (marks_ == nullptr || workspace_ == nullptr || plan_->steps == nullptr) return out_of_memory();
    const bw_status status = find_box();
    if (status != BW_STATUS_OK) return status;
    mark_tensors();
    for (std::int32_t i = 0; i < file_.operator_count(); ++i) {
      const bw_status appended = append(i);
      if (appended != BW_STATUS_OK) return appended;
    }
    return prepare_decision(file_, preparation_.bump, &plan_->decision) ? BW_STATUS_OK : out_of_memory();
  }

 private:
  Mark& mark(std::int32_t tensor) { return marks_[tensor]; }

  static bw_status out_of_memory() {
    return fail(BW_STATUS_OUT_OF_MEMORY, "no memory to prepare certificates");
  }

  bw_status refuse(std::int32_t op, const char* why) const {
    const OperatorView view = file_.op(op);
    return fail(BW_STATUS_NOT_CERTIFIABLE, "operator %d '%s' (%s): %s", op, view.name.data(),
                schema::name(view.kind), why);
  }

  std::size_t longest_row() const {
    std::size_t longest = 1;
    for (std::int32_t i = 0; i < file_.operator_count(); ++i) {
      const OperatorView op = file_.op(i);
      if (!is_linear(op)) continue;
      longest = std::max(longest, static_cast<std::size_t>(op.linear.weights.row_elements));
    }
    return longest;
  }

  static bool is_linear(const OperatorView& op) {
    return op.kind == OperatorKind::conv_2d || op.kind == OperatorKind::fully_connected;
  }

  bw_status find_box() {
    const auto inputs = file_.inputs();
    if (file_.state_count() > 0) {
      return fail(BW_STATUS_NOT_CERTIFIABLE, "the model has %d states: its answer depends on earlier inputs",
                  file_.state_count());
    }
    if (inputs.size() != 1) {
      return fail(BW_STATUS_NOT_CERTIFIABLE, "the model has %zu inputs, a box is laid around one",
                  inputs.size());
    }
    const schema::TensorView input = file_.tensor(inputs[0]);
    plan_->input = inputs[0];
    plan_->box = inputs[0];
    if (input.type == ElementType::f32) {
      if (preparation_.door_operator < 0) {
        return fail(BW_STATUS_NOT_CERTIFIABLE, "input '%s' is float and not quantized first",
                    input.name.data());
      }
      plan_->door_step = preparation_.door_operator;
      plan_->box = file_.op(preparation_.door_operator).outputs[0];
    }
    return BW_STATUS_OK;
  }

  void mark_tensors() {
    const Decision& decision = plan_->decision;
    mark(decision.op >= 0 ? file_.op(decision.op).inputs[0] : decision.tensor).needed = true;
    for (std::int32_t i = file_.operator_count() - 1; i >= 0; --i) {
      const OperatorView op = file_.op(i);
      if (!mark(op.outputs[0]).needed || op.outputs[0] == plan_->box) continue;
      for (const std::int32_t tensor : op.inputs) mark(tensor).needed = true;
    }
    mark(plan_->input).from_input = plan_->input != plan_->box;
    mark(plan_->box).from_box = true;
    for (std::int32_t i = 0; i < file_.operator_count(); ++i) {
      const OperatorView op = file_.op(i);
      if (op.outputs[0] == plan_->box) continue;
      for (const std::int32_t tensor : op.inputs) {
        mark(op.outputs[0]).from_box |= mark(tensor).from_box;
        mark(op.outputs[0]).from_input |= mark(tensor).from_input;
      }
    }
  }

  bw_status append(std::int32_t index) {
    const OperatorView op = file_.op(index);
    const std::int32_t output = op.outputs[0];
    if (!mark(output).needed || output == plan_->box) return BW_STATUS_OK;
    if (mark(output).from_input) return refuse(index, "reads the float input besides its integers");
    if (file_.tensor(op.inputs[0]).type == ElementType::f32 ||
        file_.tensor(output).type == ElementType::f32) {
      return refuse(index, "computes on floats, certificates cover integer operators");
    }
    for (const std::int32_t tensor : op.inputs) {
      if (file_.tensor(tensor).type == ElementType::s16) return refuse(index, "computes on 16-bit integers");
    }
    bool appended = false;
    switch (op.kind) {
      case OperatorKind::conv_2d:
      case OperatorKind::fully_connected: {
        const bw_status status = check_interval_sums(file_, index, workspace_);
        if (status != BW_STATUS_OK) return status;
        appended = append_interval_linear(preparation_, index, steps_);
        break;
      }
      case OperatorKind::add:
        appended = append_ends(index, op.add.multiplier_a < 0, op.add.multiplier_b < 0);
        break;
      case OperatorKind::lookup:
        appended = append_lookup(index, op);
        break;
      case OperatorKind::mul:
        appended = append_interval_mul(preparation_, index, steps_);
        break;
      case OperatorKind::max_pool_2d:
      case OperatorKind::average_pool_2d:
      case OperatorKind::requantize:
      case OperatorKind::clip:
      case OperatorKind::reshape:
      case OperatorKind::transpose:
      case OperatorKind::concat:
      case OperatorKind::pad:
      case OperatorKind::slice:
      case OperatorKind::gather:
      case OperatorKind::resize:
      case OperatorKind::maximum:
      case OperatorKind::minimum:
      case OperatorKind::reduce_sum:
      case OperatorKind::reduce_max:
      case OperatorKind::reduce_min:
        appended = append_ends(index, false, false);
        break;
      default:
        return refuse(index, "has no interval rule");
    }
    return appended ? BW_STATUS_OK : out_of_memory();
  }

  bool append_lookup(std::int32_t index, const OperatorView& op) {
    const schema::TensorView input = file_.tensor(op.inputs[0]);
    const int direction = op.lookup.direction(input.lo, input.hi);
    if (direction == 0) return append_interval_lookup(preparation_, index, steps_);
    return append_ends(index, direction < 0, false);
  }

  /// An operator that is monotone in every input, run once for each end; an input it falls with gives its
  /// other end.
  bool append_ends(std::int32_t index, bool first_falls, bool second_falls) {
    const Step& nominal = preparation_.nominal[index];
    if (nominal.run == nullptr) return true;  // a reshape in place: the arenas have the same layout
    const OperatorView op = file_.op(index);
    std::int32_t inputs[schema::kMaxNodeTensors];
    for (const bool upper : {false, true}) {
      for (std::size_t i = 0; i < op.inputs.size(); ++i) {
        const bool falls = i == 0 ? first_falls : i == 1 && second_falls;
        inputs[i] =
            upper != falls ? steps_.address().upper(op.inputs[i]) : steps_.address().lower(op.inputs[i]);
      }
      const std::int32_t output[] = {upper ? steps_.address().upper(op.outputs[0])
                                           : steps_.address().lower(op.outputs[0])};
      if (steps_.append(nominal, {inputs, op.inputs.size()}, output) == nullptr) return false;
    }
    return true;
  }

  const IntervalPreparation& preparation_;
  const schema::VerifiedModel& file_;
  IntervalPlan* plan_;
  IntervalSteps steps_;
  Mark* marks_ = nullptr;
  std::int16_t* workspace_ = nullptr;
};

}  // namespace

bw_status build_intervals(const IntervalPreparation& preparation, IntervalPlan* plan) {
  plan->address.tensors = preparation.file.tensor_count();
  return Builder(preparation, plan).build();
}

}  // namespace bulwark::runtime
