// SPDX-License-Identifier: Apache-2.0
#include "kernels/common/cpu.h"
#include "runtime/options.h"
#include "runtime/packing.h"
#include "runtime/plan.h"

using namespace bulwark;
using runtime::fail;

extern "C" {

void bw_plan_options_init(bw_plan_options* options) {
  if (options == nullptr) return;
  *options = {};
  options->struct_size = sizeof *options;
  options->use_xnnpack = 1;
  options->fuse = 1;
}

bw_status bw_plan_create(bw_model* model, const bw_plan_options* given, bw_plan** result) {
  if (model == nullptr || result == nullptr) {
    return fail(BW_STATUS_INVALID_ARGUMENT, "%s is null", model == nullptr ? "model" : "plan");
  }
  *result = nullptr;
  bw_plan_options options;
  bw_status status = runtime::read_options(given, bw_plan_options_init, "bw_plan_options", &options);
  if (status == BW_STATUS_OK) status = runtime::check_allocator(options.allocator);
  if (status != BW_STATUS_OK) return status;

  bw_plan* plan = runtime::make_handle<bw_plan>(runtime::Allocator(options.allocator));
  if (plan == nullptr) return fail(BW_STATUS_OUT_OF_MEMORY, "no memory for the plan's handle");
  runtime::retain(model);
  plan->model = model;
  status = runtime::build_plan(*plan, options);
  if (status == BW_STATUS_OK) {
    *result = plan;
  } else {
    runtime::release(plan);
  }
  return status;
}

void bw_plan_release(bw_plan* plan) { runtime::release(plan); }

const char* bw_plan_path(const bw_plan* plan) { return plan == nullptr ? "" : kernels::isa_name(plan->path); }

size_t bw_plan_packed_bytes(const bw_plan* plan) { return plan == nullptr ? 0 : plan->packed.size(); }

size_t bw_plan_mapped_bytes(const bw_plan* plan) { return plan == nullptr ? 0 : plan->mapped_bytes; }

size_t bw_plan_arena_bytes(const bw_plan* plan) { return plan == nullptr ? 0 : plan->arena_bytes; }

int32_t bw_plan_step_count(const bw_plan* plan) {
  return plan == nullptr ? 0 : static_cast<int32_t>(plan->steps.size());
}

bw_status bw_plan_step_info(const bw_plan* plan, int32_t index, bw_step_info* info) {
  if (plan == nullptr || info == nullptr) {
    return fail(BW_STATUS_INVALID_ARGUMENT, "%s is null", plan == nullptr ? "plan" : "info");
  }
  if (index < 0 || static_cast<std::size_t>(index) >= plan->steps.size()) {
    return fail(BW_STATUS_INVALID_ARGUMENT, "step %d does not exist: the plan has %zu", index,
                plan->steps.size());
  }
  const runtime::Step& step = plan->steps[static_cast<std::size_t>(index)];
  const schema::OperatorView op = plan->model->file.op(step.op);
  *info = {op.name.data(),
           schema::name(op.kind),
           step.kernel,
           step.macs,
           step.runs_in < 0 ? index : step.runs_in,
           runtime::weights_in_file(step) ? 1 : 0,
           step.passed_over};
  return BW_STATUS_OK;
}

}  // extern "C"
