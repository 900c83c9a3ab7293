// SPDX-License-Identifier: Apache-2.0
#include "runtime/packing.h"

#include "runtime/log.h"
#include "runtime/ops/linear.h"
#include "runtime/status.h"

namespace bulwark::runtime {
namespace {

bw_status no_memory(std::uint64_t bytes) {
  return fail(BW_STATUS_OUT_OF_MEMORY, "no memory for %llu bytes of packed weights",
              static_cast<unsigned long long>(bytes));
}

LinearParameters* linear_of(const Step& step) {
  return step.pack == nullptr ? nullptr : static_cast<LinearParameters*>(step.parameters);
}

/// The file is not believed: its packed weights are used where they are, to the byte, what the kernel packs
/// from the weights that were verified. Others (damaged, hostile, of another version of the kernel) get their
/// room.
bool check_in_file(bw_plan& plan, const Step& step, const PackBuffers& buffers, PackTotals& totals) {
  LinearParameters& linear = *linear_of(step);
  const schema::OperatorView op = plan.model->file.op(step.op);
  const std::size_t bytes = linear.kernel->packed_size(linear.problem);
  const PackWorkspace& workspace = buffers.workspace();
  if (linear.kernel->matches(linear.problem, linear_constants(op, workspace), workspace.staging,
                             buffers.spare(), linear.in_file)) {
    linear.packed = linear.in_file;
    plan.mapped_bytes += bytes;
    return true;
  }
  log(BW_LOG_WARNING,
      "operator %d '%s': the packed weights in the file are not those of %s and are left alone", step.op,
      op.name.data(), linear.kernel->name);
  linear.in_file = nullptr;
  return reserve_packed(totals, linear);
}

void pack_step(const bw_plan& plan, const Step& step, const PackWorkspace& workspace) {
  if (step.pack != nullptr) step.pack(plan.model->file.op(step.op), workspace, step.parameters);
}

}  // namespace

bool weights_in_file(const Step& step) {
  const LinearParameters* linear = linear_of(step);
  return linear != nullptr && linear->in_file != nullptr;
}

bool PackBuffers::allocate(const Allocator& allocator, const PackTotals& totals, std::uint64_t spare) {
  const std::uint64_t staging = (spare + kAlignment - 1) / kAlignment * kAlignment;
  const std::uint64_t multipliers =
      staging + totals.staging_elements * sizeof(std::int16_t);  // a multiple of 64
  const std::uint64_t biases = multipliers + totals.rows * sizeof(float);
  const std::uint64_t bounds = biases + totals.rows * sizeof(std::int32_t);
  const std::uint64_t rows = bounds + 2 * totals.rows;
  if (!block_.allocate(allocator, rows + totals.row_bytes)) return false;
  std::uint8_t* base = block_.data();
  spare_ = base;
  workspace_.staging = reinterpret_cast<std::int16_t*>(base + staging);
  workspace_.multiplier = reinterpret_cast<float*>(base + multipliers);
  workspace_.bias = reinterpret_cast<std::int32_t*>(base + biases);
  workspace_.lo = reinterpret_cast<std::int8_t*>(base + bounds);
  workspace_.hi = workspace_.lo + totals.rows;
  workspace_.rows = base + rows;
  return true;
}

bw_status pack_weights(bw_plan& plan, PackTotals& totals) {
  PackBuffers buffers;
  if (!buffers.allocate(plan.allocator, totals, totals.largest_in_file))
    return no_memory(totals.largest_in_file);
  for (const Step& step : plan.steps) {
    const LinearParameters* linear = linear_of(step);
    if (linear == nullptr || linear->in_file == nullptr) continue;
    if (!check_in_file(plan, step, buffers, totals)) return no_memory(totals.packed_bytes);
  }
  if (!plan.packed.allocate(plan.allocator, totals.packed_bytes)) return no_memory(totals.packed_bytes);
  PackWorkspace workspace = buffers.workspace();
  workspace.packed = plan.packed.data();
  for (const Step& step : plan.steps) {
    const LinearParameters* linear = linear_of(step);
    if (linear != nullptr && linear->in_file == nullptr) pack_step(plan, step, workspace);
  }
  for (std::int32_t i = 0; plan.intervals != nullptr && i < plan.intervals->step_count; ++i) {
    pack_step(plan, plan.intervals->steps[i], workspace);
  }
  return BW_STATUS_OK;
}

}  // namespace bulwark::runtime
