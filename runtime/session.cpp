// SPDX-License-Identifier: Apache-2.0
#include "runtime/session.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "kernels/xnnpack/xnnpack_linear.h"
#include "runtime/status.h"

namespace bulwark::runtime {
namespace {

std::uint64_t round_up(std::uint64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

std::int32_t thread_count(const bw_session_options& options) {
  if (options.threads != 0) return options.threads;
  const long cores = sysconf(_SC_NPROCESSORS_ONLN);
  return static_cast<std::int32_t>(std::clamp<long>(cores, 1, kMaxThreads));
}

void* address(const TensorPlace& place, const schema::TensorView& tensor, std::uint8_t* arena) {
  switch (place.storage) {
    case TensorPlace::Storage::none:
      return nullptr;
    // Steps only read constants; the verifier has proven that no operator writes them.
    case TensorPlace::Storage::file:
      return const_cast<std::uint8_t*>(tensor.constant.data());
    case TensorPlace::Storage::arena:
      return arena + place.offset;
  }
  return nullptr;
}

void fill_addresses(bw_session& session, std::uint8_t* arena) {
  const bw_plan& plan = *session.plan;
  const schema::VerifiedModel& file = plan.model->file;
  for (std::int32_t i = 0; i < file.tensor_count(); ++i) {
    session.tensors[i] = address(plan.places[static_cast<std::size_t>(i)], file.tensor(i), arena);
  }
  const auto inputs = file.inputs();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    session.inputs[i].source = session.tensors[inputs[i]];
    const TensorPlace& door = plan.doors[i];
    if (door.storage == TensorPlace::Storage::arena) session.inputs[i].integers = arena + door.offset;
  }
}

/// The lower and the upper arena have the layout of the nominal one.
void fill_interval_addresses(bw_session& session, std::uint8_t* lower, std::uint8_t* upper,
                             std::uint8_t* buffers) {
  const bw_plan& plan = *session.plan;
  const IntervalPlan& intervals = *plan.intervals;
  const schema::VerifiedModel& file = plan.model->file;
  for (std::int32_t i = 0; i < file.tensor_count(); ++i) {
    const TensorPlace& place = plan.places[static_cast<std::size_t>(i)];
    session.intervals[intervals.address.lower(i)] = address(place, file.tensor(i), lower);
    session.intervals[intervals.address.upper(i)] = address(place, file.tensor(i), upper);
  }
  for (std::int32_t b = 0; b < static_cast<std::int32_t>(IntervalBuffer::count); ++b) {
    session.intervals[intervals.address.buffer(static_cast<IntervalBuffer>(b))] = buffers;
    buffers += round_up(intervals.buffer_bytes[b]);
  }
}

std::uint64_t interval_buffer_bytes(const IntervalPlan& intervals) {
  std::uint64_t bytes = 0;
  for (const std::uint64_t buffer : intervals.buffer_bytes) bytes += round_up(buffer);
  return bytes;
}

void lay_out_intervals(const bw_plan& plan, SessionLayout* layout) {
  layout->intervals = layout->bytes;
  layout->lower = layout->intervals +
                  round_up(static_cast<std::uint64_t>(plan.intervals->address.count()) * sizeof(void*));
  layout->upper = layout->lower + round_up(plan.arena_bytes);
  layout->interval_buffers = layout->upper + round_up(plan.arena_bytes);
  layout->bytes = layout->interval_buffers + interval_buffer_bytes(*plan.intervals);
}

void open_steps(bw_session& session) {
  for (const Step& step : session.plan->steps) {
    if (step.open == nullptr) continue;
    session.states[step.op] = step.open({step, session.tensors, session.inputs, nullptr, nullptr, 0, 0});
  }
}

void run_with_pool(void* context, std::int32_t count, bw_task_fn task, void* task_context) {
  static_cast<ThreadPool*>(context)->run(count, task, task_context);
}

}  // namespace

bw_status lay_out_session(const bw_plan& plan, const bw_session_options& options, SessionLayout* layout) {
  if (options.threads < 0 || options.threads > kMaxThreads) {
    return fail(BW_STATUS_INVALID_ARGUMENT, "options.threads is %d, must be 0..%d", options.threads,
                kMaxThreads);
  }
  if (options.observer != nullptr && options.observer->call == nullptr) {
    return fail(BW_STATUS_INVALID_ARGUMENT, "options.observer lacks call");
  }
  if (options.parallel != nullptr && options.parallel->run == nullptr) {
    return fail(BW_STATUS_INVALID_ARGUMENT, "options.parallel lacks run");
  }
  // Each term is bounded by the limits of the schema and by what plan creation has allocated; 64 bits hold
  // the sum.
  layout->parts = thread_count(options);
  layout->tensors = round_up(sizeof(bw_session));
  layout->states = layout->tensors + round_up(std::uint64_t{plan.places.size()} * sizeof(void*));
  layout->step_ns = layout->states + round_up(std::uint64_t{plan.steps.size()} * sizeof(void*));
  layout->arena = layout->step_ns;
  if (options.profile != 0)
    layout->arena += round_up(std::uint64_t{plan.steps.size()} * sizeof(std::int64_t));
  layout->scratch = layout->arena + round_up(plan.arena_bytes + kernels::kXnnpackExtraBytes);
  layout->scratch_stride = round_up(plan.scratch_bytes);
  layout->bytes = layout->scratch + layout->scratch_stride * static_cast<std::uint64_t>(layout->parts);
  if (plan.intervals != nullptr) lay_out_intervals(plan, layout);
  if (plan.clips != nullptr) {
    layout->clip_counts = layout->bytes;
    layout->bytes += round_up(static_cast<std::uint64_t>(plan.clips->counters) * sizeof(std::int64_t));
  }
  if (layout->bytes > PTRDIFF_MAX) {
    return fail(BW_STATUS_OUT_OF_MEMORY, "a session needs %llu bytes",
                static_cast<unsigned long long>(layout->bytes));
  }
  return BW_STATUS_OK;
}

bw_status construct_session(bw_plan& plan, const bw_session_options& options, const SessionLayout& layout,
                            void* memory, bw_session** result) {
  std::uint8_t* base = static_cast<std::uint8_t*>(memory);
  bw_session* session = new (memory) bw_session(Allocator(options.allocator));
  session->bytes = static_cast<std::size_t>(layout.bytes);
  session->own_memory = options.memory == nullptr;
  session->plan = &plan;
  session->parts = layout.parts;
  if (options.observer != nullptr) session->observer = *options.observer;
  session->tensors = reinterpret_cast<void**>(base + layout.tensors);
  session->states = reinterpret_cast<void**>(base + layout.states);
  if (options.profile != 0) session->step_ns = reinterpret_cast<std::int64_t*>(base + layout.step_ns);
  if (plan.clips != nullptr)
    session->clip_counts = reinterpret_cast<std::int64_t*>(base + layout.clip_counts);
  session->scratch = base + layout.scratch;
  session->scratch_stride = static_cast<std::size_t>(layout.scratch_stride);
  std::memset(base + layout.tensors, 0, static_cast<std::size_t>(layout.bytes - layout.tensors));
  fill_addresses(*session, base + layout.arena);
  if (plan.intervals != nullptr) {
    session->intervals = reinterpret_cast<void**>(base + layout.intervals);
    fill_interval_addresses(*session, base + layout.lower, base + layout.upper,
                            base + layout.interval_buffers);
  }
  reset_states(*session);
  open_steps(*session);

  if (options.parallel != nullptr) {
    session->parallel = *options.parallel;
  } else if (session->pool.start(layout.parts - 1)) {
    session->parallel = {run_with_pool, &session->pool};
  } else {
    session->~bw_session();
    return fail(BW_STATUS_OUT_OF_MEMORY, "the system can not start %d threads", layout.parts - 1);
  }
  retain(&plan);
  *result = session;
  return BW_STATUS_OK;
}

Buffer tensor_buffer(const bw_session& session, std::int32_t tensor) {
  return {session.tensors[tensor],
          static_cast<std::size_t>(session.plan->model->file.tensor(tensor).bytes())};
}

}  // namespace bulwark::runtime

bw_session::~bw_session() {
  for (const bulwark::runtime::Step& step : plan->steps) {
    if (states[step.op] != nullptr) step.close(states[step.op]);
  }
}
