// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "runtime/memory_planner.h"
#include "runtime/plan.h"
#include "runtime/status.h"

namespace bulwark::runtime {
namespace {

// What is known about a tensor while the arena is laid out.
struct Life {
  std::int32_t root = 0;  // the tensor whose bytes it shares, itself if none
  std::int32_t first = INT32_MAX, last = -1;
  bool is_input = false, is_output = false, is_constant = false;
  bool is_inside = false;  // lives only in rows, inside a fused chain
  bool is_state = false, is_next = false;
};

class Places {
 public:
  explicit Places(bw_plan& plan) : plan_(plan), file_(plan.model->file) {}

  bool place() {
    if (!lives_.allocate(plan_.allocator, count()) || !plan_.places.allocate(plan_.allocator, count()))
      return false;
    mark_tensors();
    share_reshapes();
    find_lives();
    return plan_buffers();
  }

 private:
  std::size_t count() const { return static_cast<std::size_t>(file_.tensor_count()); }
  std::int32_t last_step() const { return static_cast<std::int32_t>(plan_.steps.size()); }

  void mark_tensors() {
    for (std::size_t i = 0; i < count(); ++i) {
      lives_[i].root = static_cast<std::int32_t>(i);
      lives_[i].is_constant = !file_.tensor(static_cast<std::int32_t>(i)).constant.empty();
    }
    for (const Step& step : plan_.steps) {
      if (step.runs_in >= 0) life(step.outputs[0]).is_inside = true;
    }
    for (const std::int32_t tensor : file_.inputs()) life(tensor).is_input = true;
    for (const std::int32_t tensor : file_.outputs()) life(tensor).is_output = true;
    for (std::int32_t i = 0; i < file_.state_count(); ++i) {
      life(file_.state(i).tensor).is_state = true;
      life(file_.state(i).next).is_next = true;
    }
  }

  // An output of the model never shares the bytes of an input or a constant: the caller may change the one
  // while reading the other. Nor do an output and the next value of a state share those of a state, which
  // changes after the run.
  void share_reshapes() {
    for (Step& step : plan_.steps) {
      if (file_.op(step.op).kind != schema::OperatorKind::reshape) continue;
      const std::int32_t root = life(step.inputs[0]).root;
      Life& output = life(step.outputs[0]);
      if (output.is_output && (life(root).is_input || life(root).is_constant)) continue;
      if ((output.is_output || output.is_next) && life(root).is_state) continue;
      output.root = root;
      step.run = nullptr;
      step.kernel = "none";
    }
  }

  void find_lives() {
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      const Step& step = plan_.steps[i];
      const std::int32_t when = step.runs_in < 0 ? static_cast<std::int32_t>(i) : step.runs_in;
      for (const std::int32_t tensor : step.inputs) use(tensor, when);
      for (const std::int32_t tensor : step.outputs) use(tensor, when);
    }
    for (std::size_t i = 0; i < count(); ++i) {
      const Life& one = lives_[i];
      const bool decides =
          plan_.intervals != nullptr && plan_.intervals->decision.tensor == static_cast<std::int32_t>(i);
      const bool kept = one.is_input || one.is_output || one.is_state || one.is_next || decides;
      if (!kept && !plan_.keep_intermediates) continue;
      use(static_cast<std::int32_t>(i), 0);
      use(static_cast<std::int32_t>(i), last_step());
    }
  }

  bool needs_buffer(std::size_t tensor) const {
    const Life& one = lives_[tensor];
    return one.root == static_cast<std::int32_t>(tensor) && !one.is_constant && one.last >= 0;
  }

  // Buffers: first those of tensors, then those of integer doors.
  bool plan_buffers() {
    Array<PlannedBuffer> buffers;
    if (!buffers.allocate(plan_.allocator, count() + file_.inputs().size())) return false;
    std::size_t used = 0;
    for (std::size_t i = 0; i < count(); ++i) {
      if (needs_buffer(i))
        buffers[used++] = {bytes_of(static_cast<std::int32_t>(i)), lives_[i].first, lives_[i].last};
    }
    for (std::size_t i = 0; i < file_.inputs().size(); ++i) {
      if (door(i) >= 0) buffers[used++] = {bytes_of(file_.op(door(i)).outputs[0]), 0, last_step()};
    }
    std::uint64_t arena_bytes = 0;
    if (!plan_memory(plan_.allocator, {buffers.data(), used}, &arena_bytes) || arena_bytes > SIZE_MAX)
      return false;
    plan_.arena_bytes = static_cast<std::size_t>(arena_bytes);
    store({buffers.data(), used});
    return true;
  }

  void store(std::span<const PlannedBuffer> buffers) {
    std::size_t next = 0;
    for (std::size_t i = 0; i < count(); ++i) {
      const Life& one = lives_[i];
      if (needs_buffer(i)) {
        plan_.places[i] = {TensorPlace::Storage::arena, static_cast<std::size_t>(buffers[next++].offset)};
      } else if (one.is_constant) {
        plan_.places[i].storage = TensorPlace::Storage::file;
      }
    }
    // A reshape may stand before its root in the file's table of tensors.
    for (std::size_t i = 0; i < count(); ++i)
      plan_.places[i] = plan_.places[static_cast<std::size_t>(lives_[i].root)];
    for (std::size_t i = 0; i < file_.inputs().size(); ++i) {
      if (door(i) >= 0)
        plan_.doors[i] = {TensorPlace::Storage::arena, static_cast<std::size_t>(buffers[next++].offset)};
    }
  }

  void use(std::int32_t tensor, std::int32_t step) {
    if (life(tensor).is_inside) return;
    Life& root = life(life(tensor).root);
    root.first = std::min(root.first, step);
    root.last = std::max(root.last, step);
  }

  std::int32_t door(std::size_t input) const { return plan_.model->door_operator[input]; }
  std::uint64_t bytes_of(std::int32_t tensor) const {
    return static_cast<std::uint64_t>(file_.tensor(tensor).bytes());
  }
  Life& life(std::int32_t tensor) const { return lives_[static_cast<std::size_t>(tensor)]; }

  bw_plan& plan_;
  const schema::VerifiedModel& file_;
  Array<Life> lives_;
};

}  // namespace

bw_status place_tensors(bw_plan& plan) {
  if (Places(plan).place()) return BW_STATUS_OK;
  return fail(BW_STATUS_OUT_OF_MEMORY, "no memory to lay out the activations");
}

}  // namespace bulwark::runtime
