// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan.h"

#include <algorithm>

#include "kernels/common/cpu.h"
#include "runtime/fusion.h"
#include "runtime/log.h"
#include "runtime/ops/operator.h"
#include "runtime/packing.h"
#include "runtime/path.h"
#include "runtime/status.h"

namespace bulwark::runtime {
namespace {

std::int32_t door_input_of(const bw_model& model, std::int32_t op) {
  const auto* end = std::end(model.door_operator);
  const auto* found = std::find(std::begin(model.door_operator), end, op);
  return found == end ? -1 : static_cast<std::int32_t>(found - model.door_operator);
}

bw_status prepare_steps(bw_plan& plan, const bw_plan_options& options, PackTotals& totals) {
  const schema::VerifiedModel& file = plan.model->file;
  if (!plan.steps.allocate(plan.allocator, static_cast<std::size_t>(file.operator_count()))) {
    return fail(BW_STATUS_OUT_OF_MEMORY, "no memory for %d steps", file.operator_count());
  }
  const kernels::CoreClass core = kernels::cpu_features().core;
  for (std::int32_t i = 0; i < file.operator_count(); ++i) {
    const schema::OperatorView op = file.op(i);
    Step& step = plan.steps[static_cast<std::size_t>(i)];
    step.op = i;
    step.inputs = op.inputs;
    step.outputs = op.outputs;
    Preparation preparation{file,
                            op,
                            plan.model->weight_extremes[static_cast<std::size_t>(i)],
                            plan.path,
                            core,
                            options.use_xnnpack != 0,
                            options.count_clips != 0,
                            door_input_of(*plan.model, i),
                            plan.bump,
                            totals};
    if (!find_prepare(op.kind)(preparation, step)) {
      return fail(BW_STATUS_OUT_OF_MEMORY, "operator %d '%s': no memory to prepare it", i, op.name.data());
    }
  }
  return BW_STATUS_OK;
}

bw_status find_certificate(bw_plan& plan) {
  plan.intervals = plan.bump.make<IntervalPlan>();
  if (plan.intervals == nullptr) return fail(BW_STATUS_OUT_OF_MEMORY, "no memory to prepare certificates");
  return find_decision(plan.model->file, &plan.intervals->decision);
}

bw_status prepare_certificate(bw_plan& plan, PackTotals& totals) {
  const IntervalPreparation preparation{
      plan.model->file,  plan.model->weight_extremes.data(), plan.path, kernels::cpu_features().core,
      plan.steps.data(), plan.model->door_operator[0],       plan.bump, totals};
  const bw_status status = build_intervals(preparation, plan.intervals);
  for (std::int32_t i = 0; status == BW_STATUS_OK && i < plan.intervals->step_count; ++i) {
    plan.scratch_bytes = std::max(plan.scratch_bytes, plan.intervals->steps[i].scratch_bytes);
  }
  return status;
}

void log_plan(const bw_plan& plan) {
  log(BW_LOG_INFO,
      "plan: path %s, %zu steps, %zu bytes of packed weights, %zu more in the file, %zu bytes of activations",
      kernels::isa_name(plan.path), plan.steps.size(), plan.packed.size(), plan.mapped_bytes,
      plan.arena_bytes);
  if (!plan.model->bit_exact) {
    log(BW_LOG_WARNING,
        "the model has float operators: its output may differ in the last bits between builds");
  }
}

}  // namespace

bw_status build_plan(bw_plan& plan, const bw_plan_options& options) {
  plan.keep_intermediates = options.keep_intermediates != 0;
  bw_status status = choose_path(options.path, &plan.path);
  PackTotals totals;
  if (status == BW_STATUS_OK) status = prepare_steps(plan, options, totals);
  const bool fuse =
      options.fuse != 0 && options.certify == 0 && options.count_clips == 0 && !plan.keep_intermediates;
  if (status == BW_STATUS_OK && fuse) status = fuse_steps(plan);
  for (const Step& step : plan.steps) plan.scratch_bytes = std::max(plan.scratch_bytes, step.scratch_bytes);
  if (status == BW_STATUS_OK && options.count_clips != 0) {
    plan.clips = plan_clips(plan.model->file, plan.bump);
    if (plan.clips == nullptr) status = fail(BW_STATUS_OUT_OF_MEMORY, "no memory to count clips");
  }
  if (status == BW_STATUS_OK && options.certify != 0) status = find_certificate(plan);
  if (status == BW_STATUS_OK) status = place_tensors(plan);
  if (status == BW_STATUS_OK && options.certify != 0) status = prepare_certificate(plan, totals);
  if (status == BW_STATUS_OK) status = pack_weights(plan, totals);
  if (status == BW_STATUS_OK) log_plan(plan);
  return status;
}

}  // namespace bulwark::runtime
